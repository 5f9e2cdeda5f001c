import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// What the page that shows a new secret says of its first use.
struct SightingWords: Hashable {
    /// Whether the token was granted what it was used for.
    let works: Bool
    let sentence: String

    /// - Parameter tokens: the address of the list that the token is in.
    init(_ sighting: Sighting, _ titles: ServiceTitles, in tokens: String) {
        switch sighting {
        case .use(let use):
            works = true
            let client = Self.client(use.address, use.client)
            sentence = "Seen\(client) at \(titles[use.service])\(Self.access(use.access)): it works."
        case .refusal(let refusal):
            works = false
            let reason = Self.reason(of: refusal, titles[refusal.use.service], desk: tokens)
            sentence = "Refused\(Self.client(refusal.use.address, refusal.use.client)): \(reason)"
        }
    }

    /// “, reading”.
    private static func access(_ access: AccessSet) -> String {
        switch access {
        case .read: ", reading"
        case .write: ", writing"
        case []: ""
        default: ", reading and writing"
        }
    }

    /// Why it was refused.
    private static func reason(of refusal: RefusedUse, _ service: String, desk: String) -> String {
        if refusal.denial == .insufficientScope, refusal.use.access.isEmpty {
            let form = NewTokenLink().address(at: desk)
            return "this token may not do that at \(service); create one that may: \(form)"
        }
        let access: Access = refusal.use.access.contains(.write) ? .write : .read
        let link =
            refusal.use.access.isEmpty
            ? NewTokenLink() : NewTokenLink(try? ServiceName(refusal.use.service), access)
        return refusal.denial.sentence(
            service: service, access: access, desk: desk, link: link, address: IPAddress(refusal.use.address))
    }

    /// “ from 10.1.2.3 by npm 10.8”.
    private static func client(_ address: String, _ client: String) -> String {
        (address.isEmpty ? "" : " from \(address)") + (client.isEmpty ? "" : " by \(client)")
    }

    /// The answer to the page's script: `{"seen": {"works": true, "sentence": "…"}}`, or `{"seen": null}`.
    static func response(_ words: SightingWords?) -> Response {
        let seen: JSONValue =
            words.map { ["works": .bool($0.works), "sentence": .string($0.sentence)] } ?? .null
        let document: JSONValue = ["seen": seen]
        return Response(.json, document.text + "\n")
    }
}

import HTTPServer
import Sodium
import Tokens

/// The pending sign-ins of one browser, one for each tab. Each has an encrypted cookie of its own, so that
/// none replaces another, and their number is limited.
struct PendingSignIns: Sendable {
    let cookies: Cookies
    let box: SecretBox
    let issuer: String

    /// The most pending sign-ins of a browser; the oldest makes room for a new one.
    static let limit = 5
    /// The most bytes of all their cookies: proxies have little room for a request's head.
    static let byteLimit = 2500

    private struct Kept {
        let name: String
        let pending: PendingSignIn
        let size: Int
    }

    private var prefix: String { cookies.name(.pendingSignIn) + "-" }

    private func name(of state: String) -> String { prefix + state.prefix(8) }

    /// The `Set-Cookie` values that add `new`, and remove what has no room or has timed out.
    func adding(_ new: PendingSignIn, at request: Request, now: Timestamp) -> [String] {
        let sealed = new.sealed(in: box)
        let name = name(of: new.state)
        var (count, bytes) = (1, name.utf8.count + sealed.utf8.count)
        var removed: [String] = []
        let (kept, foreign) = sent(with: request)
        for other in kept.sorted(by: { $0.pending.startedAt > $1.pending.startedAt }) {
            count += 1
            bytes += other.size
            if count > Self.limit || bytes > Self.byteLimit || !other.pending.isCurrent(at: now) {
                removed.append(other.name)
            }
        }
        return [cookies.set(name, to: sealed, lasting: PendingSignIn.lasting)]
            + (removed + foreign).map { cookies.set($0, to: "", lasting: .seconds(0)) }
    }

    /// The pending sign-in of a callback, by its `state`. Throws ``OIDCFault``.
    func answered(by request: Request, now: Timestamp) throws(OIDCFault) -> PendingSignIn {
        let states = request.queryItems.all("state")
        let (kept, _) = sent(with: request)
        guard !kept.isEmpty else { throw .noPendingSignIn }
        guard states.count == 1,
            let one = kept.first(where: { Sodium.equal(Array($0.pending.state.utf8), Array(states[0].utf8)) })
        else { throw .wrongState }
        guard one.pending.isCurrent(at: now) else { throw .pendingSignInOver }
        return one.pending
    }

    /// The pending sign-ins of `request`, and the names of cookies that cannot be decrypted.
    private func sent(with request: Request) -> (kept: [Kept], foreign: [String]) {
        var kept: [Kept] = []
        var foreign: [String] = []
        // More than the limit, since several tabs may start at once.
        for cookie in request.cookies(beginningWith: prefix, limit: 4 * Self.limit) {
            let size = cookie.name.utf8.count + cookie.value.utf8.count
            if let pending = PendingSignIn(opening: cookie.value, with: box, issuer: issuer) {
                kept.append(Kept(name: cookie.name, pending: pending, size: size))
            } else if isPlain(cookie.name) {
                foreign.append(cookie.name)
            }
        }
        return (kept, foreign)
    }

    private static let nameBytes = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Whether a cookie's name is safe to send back.
    private func isPlain(_ name: String) -> Bool {
        name.utf8.count == prefix.utf8.count + 8
            && name.utf8.allSatisfy {
                Self.nameBytes.contains($0)
            }
    }
}

import HTTPServer
import Sodium
import Tokens

/// The sign-ins of one browser that are on their way through the provider, one for each tab: each in a
/// sealed cookie of its own, so that none takes another's place, and only so many.
struct PendingSignIns: Sendable {
    let cookies: Cookies
    let box: SecretBox
    let issuer: String

    /// The most of one browser; the oldest makes room for a new one.
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

    /// The `Set-Cookie` values that add `new`, and remove what there is no room for or nobody waits for.
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

    /// The one that `request` answers: that of its `state`, from the browser that began it.
    /// Throws ``OIDCFault``.
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

    /// Those that came with `request`, and the names of cookies that are none.
    private func sent(with request: Request) -> (kept: [Kept], foreign: [String]) {
        var kept: [Kept] = []
        var foreign: [String] = []
        // More than are ever set, as where several tabs begin at once.
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

    /// Whether a name may stand in an answer as it came.
    private func isPlain(_ name: String) -> Bool {
        name.utf8.count == prefix.utf8.count + 8
            && name.utf8.allSatisfy {
                Self.nameBytes.contains($0)
            }
    }
}

import Testing
import Tokens

@Suite("What happens to leaked tokens") struct LeakPolicyTests {
    private static let all: [ServiceName] = ["maven", "git", "studio"].compactMap { try? ServiceName($0) }

    private static func policy() -> LeakPolicy {
        var policy = LeakPolicy()
        (policy.people, policy.accounts) = (.pause, .notify)
        policy.services[all[1]] = .revoke
        policy.services[all[2]] = .notify
        return policy
    }

    @Test(
        "the strictest of all services that a token may be used at holds",
        arguments: [
            ("maven", false, LeakAct.pause), ("maven", true, .notify), ("git:read", false, .revoke),
            ("git", true, .revoke), ("studio", false, .notify), ("studio maven", false, .pause),
            ("studio git:write", true, .revoke), ("", false, .revoke), ("", true, .revoke),
            ("jeton:manage", false, .pause), ("jeton:manage studio", false, .pause),
            ("jeton:rotate", true, .notify),
        ])
    func act(_ scopes: String, ofAccount: Bool, _ act: LeakAct) throws {
        let scopes = try #require(Scopes(text: scopes))
        #expect(Self.policy().act(on: scopes, ofAccount: ofAccount, among: Self.all) == act)
    }

    @Test("nothing configured means revoked")
    func usual() {
        #expect(LeakPolicy().act(on: .everyService, ofAccount: false, among: []) == .revoke)
        #expect(LeakPolicy().act(on: .everyService, ofAccount: true, among: Self.all) == .revoke)
    }
}

@Suite("Findings of scanners") struct LeakFindingTests {
    private let secret = TokenFormat.standard.makeSecret()

    private func finding(_ text: String, at url: String = "", source: String = "") -> LeakFinding {
        LeakFinding(in: [text], at: url, source: source, format: .standard)
    }

    @Test("secrets may stand anywhere in the text, each counts once")
    func secrets() {
        let other = TokenFormat.standard.makeSecret()
        let text = "password=\(secret.reveal())&again=\(secret.reveal()) \(other.reveal())"
        #expect(finding(text).secrets.map(\.digest) == [secret.digest, other.digest])
        #expect(finding("REDACTED").secrets.isEmpty)
        #expect(finding(String(secret.reveal().dropLast()) + "!").secrets.isEmpty)
    }

    @Test("the place keeps neither secrets nor who signs in nor control characters")
    func place() {
        let text = secret.reveal()
        let cases = [
            ("https://git.example.com/a/blob/x#L3", "https://git.example.com/a/blob/x#L3"),
            ("https://alice:\(text)@git.example.com/a", "https://git.example.com/a"),
            ("https://git.example.com/?token=\(text)&x=1", "https://git.example.com/?token=…&x=1"),
            ("\(text).txt:3", "….txt:3"), ("a\u{1B}[2J\nb", "a [2J b"),
            ("me@example.com/file", "me@example.com/file"),
        ]
        for (url, shown) in cases { #expect(finding("", at: url).url == shown) }
        #expect(finding("", at: String(repeating: "x", count: 9000)).url.utf8.count <= LeakFinding.urlLimit)
        #expect(finding("", source: text).source == "…")
    }
}

import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@Suite("The index")
struct TokenIndexTests {
    let index = TokenIndex(whole: false)
    let alice: Subject
    let token: Token
    let digest = TokenDigest.fresh()

    init() throws {
        alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
        token = Token(
            id: .next(at: .noon), owner: alice.id, name: try TokenName("CI"),
            scopes: try #require(Scopes(text: "git:write:/team maven:read")),
            addresses: ["10.0.0.0/8", "2001:db8::1"].compactMap { AddressRange($0) }, createdAt: .noon,
            origin: .desk, expiresAt: .noon + .days(1))
    }

    private var revoked: Token {
        var revoked = token
        revoked.revocation = .init(at: .noon, by: nil, reason: .byOwner)
        return revoked
    }

    /// Loads the token as it is in the ledger.
    private func read(_ token: Token) throws {
        let scopes = Array(token.scopes.text.utf8)
        let addresses = Array(token.addresses.map(\.description).joined(separator: " ").utf8)
        try index.read(
            LoadedToken(
                digest: digest, secret: token.secret, id: token.id, isPrevious: false, owner: token.owner,
                scopes: scopes.span, addresses: addresses.span, createdAt: token.createdAt,
                expiresAt: token.expiresAt, isRevoked: token.revocation != nil, pauses: token.pauses))
    }

    private func kept(_ token: Token, _ owner: Subject, _ policy: SignInPolicy? = nil) -> KnownToken {
        .kept(Verdict.Holder(token: token.record.indexed, owner: owner, policies: Policies(signIn: policy)))
    }

    @Test("a token is the same whether it was notified or loaded")
    func toldOrRead() throws {
        index.apply(.subject(alice))
        index.apply(.token(token, digest))
        #expect(index.known(digest) == kept(token, alice))
        let other = try TokenIndexTests()
        other.index.begin(tokens: 1)
        other.index.read(other.alice)
        try other.read(other.token)
        other.index.end()
        #expect(other.index.known(other.digest) == other.kept(other.token, other.alice))
    }

    @Test("a token without expiry, scopes and addresses stays so")
    func plain() throws {
        let plain = try Token.made("plain", of: alice)
        index.apply(.subject(alice))
        index.apply(.token(plain, digest))
        #expect(index.known(digest) == kept(plain, alice))
        #expect(index.find(digest)?.expiresAt == nil)
    }

    @Test("people and service accounts are counted apart, however often one changes")
    func counts() throws {
        var account = Subject(
            id: .next(at: alice.createdAt), login: try Login("bot-ci"), createdAt: alice.createdAt,
            account: ServiceAccount(purpose: "Builds", owners: ["build-team"]))
        for subject in [alice, account] { index.apply(.subject(subject)) }
        account.suspendedAt = alice.createdAt
        index.apply(.subject(account))
        #expect((index.countOfPeople, index.countOfAccounts) == (1, 1))
    }

    @Test("before everything is loaded a missing token is unread, afterwards unknown")
    func whole() {
        #expect(index.known(digest) == .unread)
        #expect(index.progress == LoadingProgress(read: 0, of: 0, isWhole: false))
        index.begin(tokens: 0)
        index.end()
        #expect(index.known(digest) == .unknown)
        #expect(index.progress.isWhole)
        #expect(TokenIndex().known(digest) == .unknown)
    }

    @Test("a token of an unknown owner is unknown")
    func ownerless() {
        index.apply(.token(token, digest))
        #expect(index.known(digest) == .unread)
        index.apply(.subject(alice))
        #expect(index.known(digest) == kept(token, alice))
    }

    @Test("a change stays when an older row is loaded")
    func changesWin() throws {
        var renamed = alice
        renamed.name = "Alice Liddell"
        let policy = SignInPolicy(every: .days(30), since: .noon)
        index.apply(.subject(renamed))
        index.apply(.token(revoked, digest))
        index.apply(.signInPolicy(policy))
        index.begin(tokens: 1)
        index.read(SignInPolicy?.none)
        index.read(alice)
        try read(token)
        index.end()
        #expect(index.known(digest) == kept(revoked, renamed, policy))
        #expect(index.count == 1)
    }

    @Test("a change of a loaded token is seen at once, and a revocation is final")
    func changesAfterReading() throws {
        index.begin(tokens: 1)
        index.read(alice)
        try read(token)
        index.end()
        var sooner = token
        sooner.expiresAt = .noon + .seconds(1)
        index.apply(.token(sooner, digest))
        #expect(index.known(digest) == kept(sooner, alice))
        index.apply(.token(revoked, digest))
        #expect(index.find(digest)?.isRevoked == true)
        index.apply(.token(token, digest))
        #expect(index.known(digest) == kept(revoked, alice))
    }

    @Test("whoever found a token just before its revocation sees that, or its former permissions")
    func revokedSince() throws {
        index.apply(.subject(alice))
        // The first ones stay.
        for number in 0..<256 {
            let other = Token(
                id: .next(at: .noon), owner: alice.id, name: token.name,
                scopes: try #require(Scopes(text: "git:read:/\(number)")), createdAt: .noon, origin: .desk,
                expiresAt: nil)
            index.apply(.token(other, .fresh()))
        }
        index.apply(.token(token, digest))
        let entry = try #require(index.find(digest))
        index.apply(.token(revoked, digest))
        #expect(!entry.isRevoked)
        #expect(index.holder(of: entry)?.token.isRevoked == true)
    }

    @Test("an entry's version changes with the owner and with the policy, and with nothing else")
    func versions() throws {
        let bob = Subject(id: .next(at: .noon), login: try Login("bob"), createdAt: .noon)
        index.apply(.subject(alice))
        index.apply(.token(token, digest))
        func version() throws -> UInt64 { try #require(index.find(digest)).version }
        var last = try version()
        index.apply(.subject(bob))
        index.apply(.token(revoked, digest))
        index.apply(.token(try Token.made("other", of: bob), .fresh()))
        #expect(try version() == last)
        var suspended = alice
        suspended.suspendedAt = .noon
        for change in [
            Change.subject(suspended), .subject(alice), .signInPolicy(.init(every: .days(1), since: .noon)),
            .signInPolicy(nil),
        ] {
            index.apply(change)
            #expect(try version() > last)
            last = try version()
        }
    }

    @Test("an invalid row is an error, and no token for everything")
    func unreadable() throws {
        for (scopes, addresses) in [("git:nonsense", ""), ("", "10.0.0.0/8 nowhere")] {
            let (scopes, addresses) = (Array(scopes.utf8), Array(addresses.utf8))
            #expect(throws: LedgerError.self) {
                try index.read(
                    LoadedToken(
                        digest: digest, secret: token.secret, id: token.id, isPrevious: false,
                        owner: alice.id, scopes: scopes.span, addresses: addresses.span, createdAt: .noon,
                        expiresAt: nil, isRevoked: false, pauses: []))
            }
        }
        #expect(index.count == 0)
    }

    @Test("thousands of different scopes and addresses are kept apart")
    func manyPermissions() throws {
        index.apply(.subject(alice))
        var tokens: [(TokenDigest, Token)] = []
        for number in 0..<3000 {
            let token = Token(
                id: .next(at: .noon), owner: alice.id, name: try TokenName("t"),
                scopes: try #require(Scopes(text: "git:read:/team/\(number % 1000)")),
                addresses: [try #require(AddressRange("10.0.\(number / 1000).1"))], createdAt: .noon,
                origin: .desk)
            tokens.append((.fresh(), token))
            index.apply(.token(token, tokens[number].0))
        }
        for (digest, token) in tokens { #expect(index.known(digest) == kept(token, alice)) }
    }

    @Test("progress is described in words")
    func progress() {
        let progress = LoadingProgress(read: 3_000_000, of: 10_000_000, isWhole: false)
        #expect(progress.description == "read 3,000,000 of 10,000,000 tokens (30 %)")
        #expect(LoadingProgress(read: 0, of: 0, isWhole: false).description == "read 0 of 0 tokens (0 %)")
    }
}

import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Authorizations") struct Authorizations {
        @Test("an authorization is kept with everything that it says", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var authorization = Authorization.made(by: .device, userCode: .fresh())
                try await house.ledger.add(authorization, event: nil)
                #expect(try await house.ledger.authorization(authorization.id) == authorization)
                #expect(
                    try await house.ledger.authorization(code: authorization.digest) == authorization)
                let typed = try #require(authorization.userCode)
                #expect(try await house.ledger.authorization(userCode: typed, at: .noon) == authorization)
                let late = authorization.expiresAt
                #expect(try await house.ledger.authorization(userCode: typed, at: late) == nil)
                let decision = Authorization.Decision(
                    name: "“é” 3:x,", scopes: ["git:read", "maven"], addresses: ["10.0.0.0/8"],
                    expiresAt: .noon + .days(3))
                let changed = try await house.ledger.change(authorization.id) { found in
                    found.stage = .approved
                    found.subject = alice.id
                    found.decision = decision
                    found.decidedFrom = "192.0.2.1"
                    found.polledAt = .noon
                    return [.note(.authorizationDenied, about: alice)]
                }
                authorization.stage = .approved
                authorization.subject = alice.id
                authorization.decision = decision
                authorization.decidedFrom = "192.0.2.1"
                authorization.polledAt = .noon
                #expect(changed == authorization)
                #expect(try await house.ledger.authorization(authorization.id) == authorization)
                #expect(try await house.ledger.authorization(userCode: typed, at: .noon) == nil)
                #expect(try await house.events().first?.kind == .authorizationDenied)
            }
        }

        @Test("a code gives one token, of the client that asked", arguments: Engine.all)
        func redeemed(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let authorization = Authorization.made(by: .code, stage: .approved, of: alice)
                try await house.ledger.add(authorization, event: nil)
                let token = try Token.made(
                    "git", of: alice,
                    origin: .client(.init(id: "jeton-git", title: "git", address: "192.0.2.1")))
                let digest = TokenDigest.fresh()
                try await house.ledger.add(
                    token, digest: digest, within: [], redeeming: authorization.id,
                    event: .note(.tokenCreated, about: alice))
                #expect(try await house.ledger.token(digest)?.token == token)
                let used = try await house.ledger.authorization(authorization.id)
                #expect(used?.stage == .used && used?.token == token.id)
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.add(
                        try Token.made("two", of: alice), digest: .fresh(), within: [],
                        redeeming: authorization.id, event: .note(.tokenCreated, about: alice))
                }
            }
        }

        @Test("a code that timed out, was denied or waits gives none", arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                for stage in Authorization.Stage.allCases where stage != .approved {
                    let authorization = Authorization.made(by: .device, stage: stage, of: alice)
                    try await house.ledger.add(authorization, event: nil)
                    try await expect(.changedMeanwhile, in: house) {
                        try await house.ledger.add(
                            try Token.made("x", of: alice), digest: .fresh(), within: [],
                            redeeming: authorization.id, event: .note(.tokenCreated, about: alice))
                    }
                }
                let late = Authorization.made(by: .code, stage: .approved, of: alice, expires: .noon)
                try await house.ledger.add(late, event: nil)
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.add(
                        try Token.made("x", of: alice), digest: .fresh(), within: [], redeeming: late.id,
                        event: .note(.tokenCreated, about: alice))
                }
            }
        }

        @Test("no two that wait have the same user code, and not too many wait", arguments: Engine.all)
        func room(engine: Engine) async throws {
            try await engine.open { house in
                let code = SHA256Digest.fresh()
                try await house.ledger.add(Authorization.made(by: .device, userCode: code), event: nil)
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.add(
                        Authorization.made(by: .device, userCode: code), event: nil)
                }
                for number in 1...LedgerLimits.pendingAuthorizationsPerAddress {
                    try await house.ledger.add(
                        Authorization.made(
                            by: .device, userCode: .fresh(), from: "2001:db8::\(String(number, radix: 16))"),
                        event: nil)
                }
                try await expect(.tooManyRequests, in: house) {
                    try await house.ledger.add(
                        Authorization.made(by: .device, userCode: .fresh(), from: "2001:db8::abcd"),
                        event: nil)
                }
                let elsewhere = Authorization.made(
                    by: .device, userCode: .fresh(), from: "2001:db8:0:1::1")
                try await house.ledger.add(elsewhere, event: nil)
                // What nobody decided makes room, and leaves nothing.
                let later = Timestamp.noon + .minutes(11)
                try await house.ledger.add(
                    Authorization.made(
                        by: .device, userCode: .fresh(), at: later, expires: later + .minutes(5),
                        from: "2001:db8::1"), event: nil)
                #expect(try await house.ledger.authorization(elsewhere.id) == nil)
            }
        }

        @Test("is forgotten a day after it timed out", arguments: Engine.all)
        func swept(engine: Engine) async throws {
            try await engine.open { house in
                let authorization = Authorization.made(by: .login)
                try await house.ledger.add(authorization, event: nil)
                let end = authorization.expiresAt + LedgerLimits.authorizationsKept
                try await house.ledger.sweep(at: end)
                #expect(try await house.ledger.authorization(authorization.id) != nil)
                try await house.ledger.sweep(at: end + .seconds(1))
                #expect(try await house.ledger.authorization(authorization.id) == nil)
            }
        }

        @Test(
            "a job's token is kept with what its identity said, under no name of its own",
            arguments: Engine.all)
        func job(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let job = Token.Job(
                    rule: .init(number: 7), issuer: "github", subject: "repo:a/b:ref", repository: "a/b",
                    workflow: "release.yml", run: "https://github.com/a/b/actions/runs/1")
                for _ in 0..<2 {
                    let token = try Token.made("a/b", of: alice, origin: .job(job))
                    let digest = TokenDigest.fresh()
                    try await house.ledger.add(
                        token, digest: digest, event: .note(.tokenCreated, about: alice))
                    #expect(try await house.ledger.token(digest)?.token == token)
                }
            }
        }
    }
}

extension Authorization {
    /// One of `kind`, asked for at noon.
    static func made(
        by kind: Kind, userCode: SHA256Digest? = nil, stage: Stage = .pending, of subject: Subject? = nil,
        at moment: Timestamp = .noon, expires: Timestamp = .noon + .minutes(5),
        from address: String = "192.0.2.1"
    ) -> Authorization {
        Authorization(
            id: .make(at: moment), kind: kind, digest: .fresh(), userCode: userCode, client: "jeton-git",
            clientTitle: "git “x”",
            scopes: [Scope("git:write:/team/app.git"), Scope("maven")].compactMap(\.self),
            resource: try? ServiceName("git"), address: address, agent: "Git 2.39", createdAt: moment,
            expiresAt: expires, redirectURI: kind == .code ? "http://127.0.0.1:1/" : "",
            challenge: kind == .code ? "challenge" : "", stage: stage, subject: subject?.id,
            decision: stage == .approved ? .init(name: "git", scopes: [], neverExpires: true) : nil)
    }
}

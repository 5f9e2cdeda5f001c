import HTTPServer
import JOSE
import JSON
import ProviderKit
import Sodium
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("The identity of a job", .timeLimit(.minutes(5)))
struct IdentityVerifierTests {
    /// 2026-01-31T08:00:00Z, when the house's clock stands.
    private static let now: Int64 = 1_769_846_400
    private static let issuer = "https://ci.test"
    private static let desk = "https://tokens.test"
    private static let p256 = ProviderKit.SigningKey(.p256, id: "p256")
    private static let ed = Ed25519Key(1, id: "ed")
    private static let keys: JSONValue = [
        "keys": .array([Trip.key.publicJSON, p256.publicJSON, ed.publicJSON])
    ]
    private static let claims: [String: JSONValue] = [
        "iss": .string(issuer), "aud": .string(desk), "sub": "repo:acme/app:ref:refs/heads/main",
        "iat": .integer(now), "nbf": .integer(now), "exp": .integer(now + 300), "jti": "one",
        "repository": "acme/app", "repository_id": "74", "run_id": 991, "ref_protected": true,
        "event_name": "push", "amr": ["a", "b"], "half": .number(0.5), "none": .null,
        "kubernetes.io": ["serviceaccount": ["name": "ci", "uid": "u-1"]],
    ]
    private let house: TestHouse
    private let verifier: IdentityVerifier

    init() throws {
        house = try TestHouse()
        let issuers = [
            FederationIssuer(
                name: "ci", issuer: Self.issuer, audience: Self.desk, kind: .github,
                keys: .file { .success(Array(Self.keys.text.utf8)) }),
            FederationIssuer(
                name: "other", issuer: "https://other.test", audience: Self.desk, kind: .oidc,
                keys: .file { .success(keySet([Trip.otherKey])) }),
            FederationIssuer(
                name: "gone", issuer: "https://gone.test", audience: Self.desk, kind: .oidc,
                keys: .file { .failure(FederationIssuer.KeyFileFault(reason: "no such file")) }),
        ]
        verifier = IdentityVerifier(issuers, clock: house.clock)
    }

    private static func claims(_ changes: [String: JSONValue]) -> JSONValue {
        .object(claims.merging(changes) { $1 }.filter { $0.value != .null })
    }

    private func fault(_ jwt: String) async -> IdentityFault? {
        do throws(IdentityFault) {
            _ = try await verifier.verify(jwt)
            return nil
        } catch {
            return error
        }
    }

    @Test("is read with all its claims, those within others, too")
    func claims() async throws {
        let identity = try await verifier.verify(Trip.key.sign(Self.claims([:])))
        #expect(identity.issuer == Self.issuer)
        #expect(identity.issuerName == "ci")
        #expect(identity.subject == "repo:acme/app:ref:refs/heads/main")
        #expect(identity.acceptedUntil == house.now + .seconds(360))
        let expected: [String: [String]] = [
            "repository_id": ["74"], "run_id": ["991"], "ref_protected": ["true"], "amr": ["a", "b"],
            "kubernetes.io/serviceaccount/uid": ["u-1"], "kubernetes.io": [], "half": [], "none": [],
            "repository": ["acme/app"],
        ]
        for (name, values) in expected { #expect(identity.claims[name] == values, "\(name)") }
    }

    static let forged: [(String, [String: JSONValue], IdentityFault?)] = [
        ("by the book", [:], nil),
        ("another issuer", ["iss": "https://evil.test"], .unknownIssuer),
        ("an issuer that is written otherwise", ["iss": "https://ci.test/"], .unknownIssuer),
        ("no issuer", ["iss": .null], .unknownIssuer),
        (
            "another issuer of ours, signed by this one", ["iss": "https://other.test"],
            .signature(.unknownKey)
        ),
        ("another audience", ["aud": "https://other.test"], .claims(.wrongAudience)),
        ("no audience", ["aud": .null], .claims(.wrongAudience)),
        ("an empty audience", ["aud": []], .claims(.wrongAudience)),
        ("an audience of numbers", ["aud": [1]], .claims(.malformed)),
        ("the audience in a list", ["aud": [.string(desk)]], nil),
        ("two audiences", ["aud": [.string(desk), "other"]], .severalAudiences),
        ("two audiences, made for us", ["aud": [.string(desk), "x"], "azp": "x"], .severalAudiences),
        ("no subject", ["sub": .null], .claims(.noSubject)),
        ("an empty subject", ["sub": ""], .claims(.noSubject)),
        ("a subject that is a number", ["sub": 1], .claims(.malformed)),
        (
            "a subject that is too long", ["sub": .string(String(repeating: "a", count: 501))],
            .claims(.noSubject)
        ),
        ("expired", ["exp": .integer(now - 60)], .claims(.expired)),
        ("expired just now, within the leeway", ["exp": .integer(now - 59)], nil),
        ("no expiry", ["exp": .null], .claims(.noExpiry)),
        ("an expiry that is a text", ["exp": "never"], .claims(.malformed)),
        ("an expiry beyond all time", ["exp": .number(1e300)], .claims(.malformed)),
        ("no issue time", ["iat": .null], .claims(.noIssueTime)),
        ("issued in the future", ["iat": .integer(now + 61)], .claims(.issuedInTheFuture)),
        ("issued by a clock that is ahead", ["iat": .integer(now + 59)], nil),
        ("not yet valid", ["nbf": .integer(now + 61)], .claims(.notYetValid)),
        ("valid soon, within the leeway", ["nbf": .integer(now + 59)], nil),
        ("without a start", ["nbf": .null], nil),
        ("issued long ago", ["iat": .integer(now - 86_461), "nbf": .null], .tooOld),
        ("valid for long", ["exp": .integer(now + 86_461)], .lastsTooLong),
        ("a security event", ["events": [:]], .otherKind),
        (
            "a logout token", ["events": ["http://schemas.openid.net/event/backchannel-logout": [:]]],
            .otherKind
        ),
        ("of a pull request's target", ["event_name": "pull_request_target"], .event("pull_request_target")),
        ("of another workflow's run", ["event_name": "workflow_run"], .event("workflow_run")),
    ]

    @Test("is refused by its claims", arguments: forged.indices)
    func claims(row: Int) async throws {
        let (_, changes, expected) = Self.forged[row]
        #expect(await fault(Trip.key.sign(Self.claims(changes))) == expected)
    }

    @Test(
        "is not taken for what says that it is something else",
        arguments: [
            ("JWT", true), ("jwt", true), ("application/jwt", true), ("JOSE", true), ("at+jwt", false),
            ("application/at+jwt", false), ("logout+jwt", false), ("secevent+jwt", false),
            ("dpop+jwt", false),
            ("oauth-id-jag+jwt", false), ("AT+JWT", false), ("kb+jwt", false), ("", false),
        ])
    func type(type: String, isTaken: Bool) async throws {
        let signed = Trip.key.sign(Self.claims([:]), header: ["typ": "\"\(type)\""])
        #expect(await fault(signed) == (isTaken ? nil : .otherKind))
    }

    static let signed: [(String, IdentityFault?, @Sendable (JSONValue) -> String)] = [
        ("RS256", nil, { Trip.key.sign($0) }), ("ES256", nil, { p256.sign($0, algorithm: "ES256") }),
        ("EdDSA", nil, { ed.sign($0) }),
        ("RS512", .signature(.algorithmNotAllowed), { Trip.key.sign($0, algorithm: "RS512") }),
        ("PS256", .signature(.algorithmNotAllowed), { Trip.key.sign($0, algorithm: "PS256") }),
        ("unsigned", .signature(.unsigned), { unsigned($0) }),
        ("unsigned under another name", .signature(.unsigned), { unsigned($0, algorithm: "RS256") }),
        ("no kid", .noKeyID, { Trip.key.sign($0, keyID: "") }),
        (
            "an HMAC with the public key", .signature(.algorithmNotAllowed),
            {
                ProviderKit.SigningKey(.shared(Array(Trip.key.publicJSON.text.utf8)), id: "one")
                    .sign($0, algorithm: "HS256")
            }
        ),
        ("an unknown key", .signature(.unknownKey), { Trip.otherKey.sign($0) }),
        (
            "an unknown key that brings itself along", .signature(.unknownKey),
            { Trip.otherKey.sign($0, header: ["jwk": Trip.otherKey.publicJSON.text]) }
        ),
        (
            "a key elsewhere", .signature(.unknownKey),
            { Trip.otherKey.sign($0, header: ["jku": #""https://evil.test/keys""#]) }
        ),
        (
            "another's key under this one's name", .signature(.badSignature),
            { Trip.otherKey.sign($0, keyID: "one") }
        ),
        (
            "the name of a key of another kind", .signature(.algorithmNotAllowed),
            { Trip.key.sign($0, keyID: "p256") }
        ),
        (
            "critical extensions", .signature(.criticalExtension),
            { Trip.key.sign($0, header: ["crit": #"["b64"]"#]) }
        ),
        ("no JWS at all", .malformed, { _ in "an identity" }),
        ("five parts", .malformed, { _ in "a.b.c.d.e" }),
        (
            "too long", .signature(.tooLarge(limit: JWS.limit)),
            { _ in String(repeating: "a", count: JWS.limit + 1) }
        ),
    ]

    @Test("is refused by its signature", arguments: signed.indices)
    func signatures(row: Int) async throws {
        let (_, expected, sign) = Self.signed[row]
        #expect(await fault(sign(Self.claims([:]))) == expected)
    }

    @Test("is recognised by its jti, or by its claims where it has none, whatever its signature")
    func mark() async throws {
        func mark(_ changes: [String: JSONValue], _ sign: (JSONValue) -> String) async throws -> String {
            "\(try await verifier.verify(sign(Self.claims(changes))).mark.bytes)"
        }
        let rsa: (JSONValue) -> String = { Trip.key.sign($0) }
        let one = try await mark([:], rsa)
        #expect(try await mark(["sub": "another", "run_id": 7], rsa) == one)
        #expect(try await mark(["jti": "two"], rsa) != one)
        let none = try await mark(["jti": .null], rsa)
        #expect(try await mark(["jti": .null], { Self.p256.sign($0, algorithm: "ES256") }) == none)
        #expect(try await mark(["jti": .null], { Self.ed.sign($0) }) == none)
        #expect(try await mark(["jti": .null, "run_id": 992], rsa) != none)
        #expect(try await mark(["jti": ""], rsa) != one)
        let other = Trip.otherKey.sign(Self.claims(["iss": "https://other.test"]))
        #expect("\(try await verifier.verify(other).mark.bytes)" != one)
    }

    @Test("cannot be verified while its issuer's keys cannot be had; trying again may help")
    func noKeys() async throws {
        let fault = await fault(Trip.key.sign(Self.claims(["iss": "https://gone.test"])))
        #expect(fault == .keys(.providerAnswer(of: .keys)))
        #expect(fault?.isTemporary == true)
    }

    @Test("is not verified where no issuer is configured")
    func noIssuers() async throws {
        let none = IdentityVerifier([], clock: house.clock)
        await #expect(throws: IdentityFault.noIssuers) {
            try await none.verify(Trip.key.sign(Self.claims([:])))
        }
    }

    @Test("is verified with the keys that its issuer's discovery document names, and with new ones")
    func discovery() async throws {
        let provider = try HostileProvider(clock: house.clock, key: Trip.key)
        defer { Task { await provider.stop() } }
        let issuer = FederationIssuer(
            name: "provider", issuer: provider.issuer, audience: Self.desk, kind: .oidc)
        let verifier = IdentityVerifier([issuer], clock: house.clock)
        let claims = Self.claims(["iss": .string(provider.issuer)])
        _ = try await verifier.verify(Trip.key.sign(claims))
        provider.behave { $0.keys = [Trip.otherKey] }
        house.pass(.seconds(11))
        _ = try await verifier.verify(Trip.otherKey.sign(claims))
        await #expect(throws: IdentityFault.signature(.unknownKey)) {
            try await verifier.verify(Trip.key.sign(claims))
        }
        provider.behave { $0.discovery = ["issuer": "https://evil.test"] }
        house.pass(.hours(1))
        await #expect(throws: IdentityFault.self) { try await verifier.verify(Trip.otherKey.sign(claims)) }
    }
}

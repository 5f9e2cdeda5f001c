import JSON
import Ledger
import Testing
import Tokens

@testable import Signals

/// What a security event token is judged to ask for, without a signature.
@Suite("Judging signals")
struct SignalTableTests {
    static let now = Timestamp(seconds: 1_782_907_200)
    static let issuer = "https://idp.example"
    static let audience = "https://jeton.example"

    static var settings: SignalSettings {
        var settings = SignalSettings(
            issuer: issuer, audience: audience, identityIssuer: "https://sign-in.example",
            endpoint: "https://jeton.example/signals")
        settings.subjectIssuer = issuer
        settings.acts = [.sessionRevoked: .dormant, .riskLevelChange: .pause]
        return settings
    }

    static let alice: JSONValue = ["format": "iss_sub", "iss": "https://idp.example", "sub": "00u1"]
    static let opaque: JSONValue = ["format": "opaque", "id": "x"]

    static func claims(
        _ type: String = SignalEvent.sessionRevoked.type, _ event: JSONValue = [:],
        subject: JSONValue = alice,
        with more: [String: JSONValue] = [:]
    ) -> JSONValue {
        let claims: JSONValue = [
            "iss": .string(issuer), "aud": .string(audience), "iat": .integer(now.seconds), "jti": "one",
            "sub_id": subject, "events": .object([type: event]),
        ]
        guard case .object(let members) = claims.with(more) else { return .null }
        // Null stands for a claim that is left out.
        return .object(members.filter { $0.value != .null })
    }

    static func read(_ claims: JSONValue) throws(SignalFault) -> SecurityEventToken {
        try SecurityEventToken(parsing: Array(claims.text.utf8), from: issuer, to: audience, at: now)
    }

    static func judged(_ claims: JSONValue, critical: Set<String>? = []) throws -> Signal {
        let judgement = try read(claims).judged(by: settings, critical: critical, from: "192.0.2.1", at: now)
        guard case .signal(let signal) = judgement else { throw SignalFault.malformed }
        return signal
    }

    // MARK: What is refused

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let more: [String: JSONValue]
        let fault: SignalFault
        let code: String

        init(
            _ name: String, _ more: [String: JSONValue], _ fault: SignalFault,
            _ code: String = "invalid_request"
        ) {
            (testDescription, self.more, self.fault, self.code) = (name, more, fault, code)
        }
    }

    static let refused = [
        Refused("no issuer", ["iss": .null], .otherIssuer, "invalid_issuer"),
        Refused("another issuer", ["iss": "https://idp.example/"], .otherIssuer, "invalid_issuer"),
        Refused("no audience", ["aud": .null], .otherAudience, "invalid_audience"),
        Refused("another audience", ["aud": ["https://other.example"]], .otherAudience, "invalid_audience"),
        Refused("an expiry", ["exp": .integer(now.seconds + 60)], .hasExpiry),
        Refused("an expiry that is no number", ["exp": "never"], .hasExpiry),
        Refused("a sub", ["sub": "00u1"], .hasSubjectClaim),
        Refused("no jti", ["jti": .null], .noIdentifier),
        Refused("an empty jti", ["jti": ""], .noIdentifier),
        Refused("a long jti", ["jti": .string(String(repeating: "j", count: 256))], .noIdentifier),
        Refused("no iat", ["iat": .null], .noIssueTime),
        Refused("an iat that is a text", ["iat": "now"], .noIssueTime),
        Refused("an iat in the future", ["iat": .integer(now.seconds + 61)], .fromTheFuture),
        Refused("an old iat", ["iat": .integer(now.seconds - 30 * 86400)], .tooOld(days: 30)),
        Refused("no events", ["events": .null], .notOneEvent),
        Refused("an empty list of events", ["events": .object([:])], .notOneEvent),
        Refused("two events", ["events": ["a": .object([:]), "b": .object([:])]], .notOneEvent),
        Refused("an event that is no object", ["events": ["a": "b"]], .notOneEvent),
        Refused("no subject", ["sub_id": .null], .noSubject),
        Refused("a subject without a format", ["sub_id": ["email": "a@example.com"]], .noSubject),
        Refused(
            "a subject without its member", ["sub_id": ["format": "iss_sub", "sub": "00u1"]], .noSubject),
        Refused("a user that cannot be read", ["sub_id": ["format": "complex", "user": "00u1"]], .noSubject),
        Refused(
            "a session that cannot be read",
            ["sub_id": ["format": "complex", "user": alice, "session": ["format": "opaque"]]], .noSubject),
    ]

    @Test("what SSF forbids is refused, with the code that RFC 8935 has for it", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(throws: row.fault) { try Self.read(Self.claims(with: row.more)) }
        #expect(row.fault.code == row.code)
        #expect(row.fault.status == 400)
    }

    @Test("what is no JSON object is malformed", arguments: ["", "[]", "<!DOCTYPE html>", "null"])
    func malformed(_ text: String) {
        #expect(throws: SignalFault.malformed) {
            try SecurityEventToken(
                parsing: Array(text.utf8), from: Self.issuer, to: Self.audience, at: Self.now)
        }
    }

    @Test(
        "what SSF allows is taken",
        arguments: [
            ["aud": ["https://other.example", "https://jeton.example"]], ["iat": .number(1_782_907_199.5)],
            ["iat": .integer(now.seconds + 59)], ["txn": "8675309"],
        ] as [[String: JSONValue]])
    func taken(_ more: [String: JSONValue]) throws {
        #expect(try Self.judged(Self.claims(with: more)).act == .dormant)
    }

    // MARK: What is done

    @Test("a signal names a person by their identity at sign-in, and is recognised by its issuer and jti")
    func person() throws {
        let signal = try Self.judged(Self.claims())
        #expect(signal.person == .identity(Identity(issuer: "https://sign-in.example", name: "00u1")))
        #expect(signal.name == "session-revoked")
        #expect(signal.markedUntil == Self.now + .days(30))
        let other = try Self.judged(Self.claims(with: ["jti": "two"]))
        #expect(signal.mark == (try Self.judged(Self.claims(SignalEvent.accountPurged.type)).mark))
        #expect(signal.mark != other.mark)
    }

    struct Named: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: JSONValue
        var critical: Set<String>? = []
        let act: SignalAct
        let remark: String

        init(
            _ name: String, _ subject: JSONValue, critical: Set<String>? = [], _ act: SignalAct,
            _ remark: String = ""
        ) {
            (testDescription, self.subject, self.critical) = (name, subject, critical)
            (self.act, self.remark) = (act, remark)
        }
    }

    static let named = [
        Named("a user", ["format": "complex", "user": alice], .dormant),
        Named("a user of a tenant", ["format": "complex", "user": alice, "tenant": opaque], .dormant),
        Named(
            "a critical tenant", ["format": "complex", "user": alice, "tenant": opaque], critical: ["tenant"],
            .dormant),
        Named("a session", ["format": "complex", "user": alice, "session": opaque], .dormant),
        Named(
            "a device", ["format": "complex", "user": alice, "device": opaque], .note,
            "it is limited to a device, which Jeton cannot tell"),
        Named(
            "an org unit", ["format": "complex", "user": alice, "org_unit": opaque], .note,
            "it is limited to a org unit, which Jeton cannot tell"),
        Named("something unknown", ["format": "complex", "user": alice, "colour": opaque], .dormant),
        Named(
            "something unknown and critical", ["format": "complex", "user": alice, "colour": opaque],
            critical: ["colour"], .note, "its subject has the member colour, which Jeton does not know"),
        Named(
            "something unknown where the metadata was not read",
            ["format": "complex", "user": alice, "colour": opaque], critical: nil, .note,
            "its subject has the member colour, which Jeton does not know"),
        Named("no user", ["format": "complex", "session": opaque], .note, "its subject names no user"),
        Named(
            "another issuer", ["format": "iss_sub", "iss": "https://x.example", "sub": "1"], .note,
            "its subject is of another issuer"),
        Named(
            "an e-mail address", ["format": "email", "email": "a@example.com"], .note,
            "it names somebody by e-mail address, which `signals.email_subjects` does not allow"),
        Named("an opaque name", opaque, .note, "its subject is opaque"),
        Named(
            "a phone", ["format": "phone_number", "phone_number": "+1"], .note,
            "its subject has the format phone_number"),
    ]

    @Test("all members of a subject must match, or the signal is noted", arguments: named)
    func subject(_ row: Named) throws {
        let signal = try Self.judged(Self.claims(subject: row.subject), critical: row.critical)
        #expect(signal.act == row.act)
        #expect(signal.remark == row.remark)
    }

    @Test("an e-mail address counts where the operator allows it")
    func email() throws {
        var settings = Self.settings
        settings.takesEmail = true
        let token = try Self.read(Self.claims(subject: ["format": "email", "email": "a@example.com"]))
        guard case .signal(let signal) = token.judged(by: settings, critical: nil, from: "", at: Self.now)
        else {
            Issue.record("no signal")
            return
        }
        #expect(signal.person == .email("a@example.com"))
        #expect(signal.act == .dormant)
    }

    @Test(
        "a level of risk acts where it is high and the user's",
        arguments: [
            (["current_level": "HIGH", "principal": "USER"], .pause, ""),
            (["current_level": "HIGH"], .pause, ""),
            (["current_level": "LOW", "principal": "USER"], .note, "the level is LOW"),
            (["principal": "USER"], .note, "the level is unknown"),
            (["current_level": "HIGH", "principal": "DEVICE"], .note, "the risk is of a device"),
        ] as [(JSONValue, SignalAct, String)])
    func risk(_ event: JSONValue, _ act: SignalAct, _ remark: String) throws {
        let signal = try Self.judged(Self.claims(SignalEvent.riskLevelChange.type, event))
        #expect(signal.act == act)
        #expect(signal.remark == remark)
    }

    @Test("by default signals are noted, and accounts follow as by SCIM")
    func usual() {
        let acts = SignalEvent.allCases.map { "\($0.rawValue) \($0.usualAct.rawValue)" }
        #expect(
            acts == [
                "session-revoked note", "credential-change note", "credential-compromise note",
                "risk-level-change note", "account-disabled deactivate", "account-purged remove",
                "account-enabled reactivate",
            ])
        for event in SignalEvent.allCases { #expect(event.possibleActs.contains(event.usualAct)) }
    }

    @Test("an event that Jeton does not know is noted by its name, in one line")
    func unknown() throws {
        let signal = try Self.judged(
            Self.claims(
                "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change",
                ["reason_admin": ["de": "Gerät\nfehlt", "en": "Device\u{202E} lost"]]))
        #expect(signal.name == "device-compliance-change")
        #expect(signal.act == .note)
        #expect(
            signal.remark
                == "Jeton does not act on this kind of event; the provider says: Device  lost")
        #expect(
            signal.detail(SignalOutcome(person: .nobody)).hasPrefix(
                "device-compliance-change: nobody here is meant, nothing done ("))
    }

    @Test("a verification and an update of the stream are about nobody")
    func stream() throws {
        let verification = try Self.read(
            Self.claims(SignalEvent.verification, ["state": "abc"], subject: Self.opaque))
        #expect(
            verification.judged(by: Self.settings, critical: nil, from: "", at: Self.now)
                == .verification(stream: "x", state: "abc"))
        let update = try Self.read(
            Self.claims(SignalEvent.streamUpdated, ["status": "paused"], subject: Self.opaque))
        #expect(
            update.judged(by: Self.settings, critical: nil, from: "", at: Self.now)
                == .streamUpdated(stream: "x", status: "paused", reason: ""))
    }

    @Test(
        "metadata is below the host, before the issuer's path",
        arguments: [
            ("https://idp.example", "https://idp.example/.well-known/ssf-configuration"),
            ("https://idp.example/", "https://idp.example/.well-known/ssf-configuration"),
            ("https://idp.example/a/b", "https://idp.example/.well-known/ssf-configuration/a/b"),
        ])
    func metadata(_ issuer: String, _ address: String) {
        #expect(TransmitterMetadata.address(of: issuer) == address)
    }
}

import Desk
import Ledger
import SignIn
import Signals

/// `signals`: the identity provider's security events, as far as it was written.
struct SignalsSection: Sendable {
    var issuer: String?
    var audience: String?
    var keysAddress: String?
    var authorization: SignalSecret?
    var subjectIssuer: String?
    var takesEmail = false
    var acts: [SignalEvent: SignalAct] = [:]
    var clientID: String?
    var clientSecret: SignalSecret?
    var tokenEndpoint: String?
    var polls = false
}

extension ConfigurationKey {
    static let signals: [ConfigurationKey] = transmitter + signalActs + signalStream

    private static let transmitter: [ConfigurationKey] = [
        .one(
            "signals.issuer", .httpsAddress, default: "none: no signals are taken",
            "The transmitter of security events (Shared Signals), exactly as its metadata has it. It pushes them to "
                + "`PUBLIC_URL/signals` ([signals](operate/signals.md))."
        ) { $0.signals.issuer = $1 },
        .one(
            "signals.audience", .title, default: "none; required with an issuer",
            "Who this desk is to the transmitter: the `aud` of its events."
        ) { $0.signals.audience = $1 },
        .one(
            "signals.jwks_uri", .httpsAddress, default: "the one in the transmitter's metadata",
            "Where the transmitter's public keys are."
        ) { $0.signals.keysAddress = $1 },
        .one(
            "signals.authorization_file", .secretFile { SignalSecret($0) }, default: "none",
            "The file with the whole `Authorization` header that every push must have, such as `Bearer …`."
        ) { $0.signals.authorization = $1 },
        .one(
            "signals.subject_issuer", .httpsAddress, default: "`sign_in.oidc.issuer`",
            "The issuer in the events' subjects (`iss_sub`), where it is not the one with which people sign in."
        ) { $0.signals.subjectIssuer = $1 },
        .one(
            "signals.email_subjects", .truth, default: "false",
            "Whether events may name people by their e-mail address. Allow it only if nobody can choose an address "
                + "that is somebody else's."
        ) { $0.signals.takesEmail = $1 },
    ]

    private static let signalActs: [ConfigurationKey] = SignalEvent.allCases.map { event in
        .one(
            "signals.acts.\(event.key)", .act(of: event), default: event.usualAct.rawValue,
            "What `\(event.rawValue)` does to the person whom it names."
        ) { $0.signals.acts[event] = $1 }
    }

    private static let signalStream: [ConfigurationKey] = [
        .one(
            "signals.stream.client_id", .title, default: "none: the stream is set up at the transmitter",
            "The client with which `jeton signals set-up` creates the stream at the transmitter (client credentials, "
                + "with the scopes `ssf.manage` and `ssf.read`)."
        ) { $0.signals.clientID = $1 },
        .one(
            "signals.stream.client_secret_file", .secretFile { SignalSecret($0) },
            default: "none; required with a client", "The file with that client's secret."
        ) { $0.signals.clientSecret = $1 },
        .one(
            "signals.stream.token_endpoint", .httpsAddress,
            default: "the one in the issuer's OpenID metadata",
            "Where that client gets its access tokens."
        ) { $0.signals.tokenEndpoint = $1 },
        .one(
            "signals.stream.delivery", .delivery, default: "push",
            "How signals come: the transmitter pushes them (RFC 8935), or Jeton fetches them (RFC 8936), for a desk that "
                + "the transmitter cannot reach."
        ) { $0.signals.polls = $1 },
    ]
}

extension SignalEvent {
    /// Its key below `signals.acts`.
    var key: String { rawValue.replacing("-", with: "_") }
}

extension ValueParser<String> {
    fileprivate static let httpsAddress = ValueParser(
        "`https://…`", expected: "an https address such as https://example.okta.com"
    ) { ProviderAddress($0)?.text }
}

extension ValueParser<SignalAct> {
    fileprivate static func act(of event: SignalEvent) -> ValueParser {
        let words = event.possibleActs.map(\.rawValue)
        return ValueParser(
            words.map { "`\($0)`" }.joined(separator: ", "),
            expected: "one of \(words.joined(separator: ", "))",
            schema: .words(words)
        ) { word in event.possibleActs.first { $0.rawValue == word } }
    }
}

extension ValueParser<Bool> {
    fileprivate static let delivery = ValueParser(
        "`push` or `poll`", expected: "push or poll", schema: .words(["push", "poll"])
    ) { ["push": false, "poll": true][$0] }
}

extension Configuration {
    /// The settings for `Signals`; `nil` where no signals are taken.
    var signalSettings: SignalSettings? {
        guard let issuer = signals.issuer, let audience = signals.audience,
            let subjects = signals.subjectIssuer ?? signIn.oidc.issuer
        else { return nil }
        var settings = SignalSettings(
            issuer: issuer, audience: audience, identityIssuer: signIn.oidc.issuer ?? subjects,
            endpoint: "\(publicURL)\(SignalReceiver.path)")
        settings.subjectIssuer = subjects
        settings.keysAddress = signals.keysAddress
        settings.authorization = signals.authorization
        settings.takesEmail = signals.takesEmail
        settings.acts = signals.acts
        if let id = signals.clientID, let secret = signals.clientSecret {
            var management = SignalSettings.Management(clientID: id, clientSecret: secret)
            management.tokenEndpoint = signals.tokenEndpoint
            management.polls = signals.polls
            settings.management = management
        }
        return settings
    }

    /// What is missing or does not fit, if any key of `signals` was given.
    var signalConflicts: [KeyConflict] {
        guard given.contains(where: { $0.hasPrefix("signals.") }) else { return [] }
        var conflicts: [KeyConflict] = []
        func refuse(_ key: String, _ sentence: String, beside other: String? = nil) {
            conflicts.append(KeyConflict("signals.\(key)", beside: other ?? "signals.\(key)", sentence))
        }
        if signals.issuer == nil { refuse("issuer", "is required with the other keys of `signals`") }
        if signals.audience == nil { refuse("audience", "is required with `signals.issuer`") }
        if signals.subjectIssuer == nil, signIn.oidc.issuer == nil {
            refuse(
                "subject_issuer", "is required without `sign_in.oidc.issuer`", beside: "sign_in.oidc.issuer")
        }
        if (signals.clientID == nil) != (signals.clientSecret == nil) {
            let missing = signals.clientID == nil ? "client_id" : "client_secret_file"
            refuse("stream.\(missing)", "is required with the other keys of `signals.stream`")
        }
        if signals.polls, signals.clientID == nil {
            refuse("stream.delivery", "is `poll`, for which `signals.stream.client_id` is required")
        }
        return conflicts
    }

    /// What is allowed about signals but unlikely to work as intended.
    var signalWarnings: [String] {
        guard signalSettings != nil, !signals.polls, !publicURL.isSecure else { return [] }
        return [
            "`public_url` is not https: a transmitter will not push signals to \(publicURL)\(SignalReceiver.path)"
        ]
    }
}

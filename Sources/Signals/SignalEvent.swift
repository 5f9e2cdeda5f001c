import JSON
public import Ledger

/// The events on which Jeton can act (CAEP 1.0, RISC 1.0). Each is a key of `signals.acts`, with `_` in place of `-`.
public enum SignalEvent: String, Hashable, Sendable, CaseIterable {
    case sessionRevoked = "session-revoked"
    case credentialChange = "credential-change"
    case credentialCompromise = "credential-compromise"
    case riskLevelChange = "risk-level-change"
    case accountDisabled = "account-disabled"
    case accountPurged = "account-purged"
    case accountEnabled = "account-enabled"

    static let base = "https://schemas.openid.net/secevent/"

    /// Its type: a URI.
    public var type: String {
        switch self {
        case .sessionRevoked, .credentialChange, .riskLevelChange: "\(Self.base)caep/event-type/\(rawValue)"
        case .credentialCompromise, .accountDisabled, .accountPurged, .accountEnabled:
            "\(Self.base)risc/event-type/\(rawValue)"
        }
    }

    /// The event of that type. RISC's former name for the end of all sessions counts as today's.
    init?(type: String) {
        let formerly = "\(Self.base)risc/event-type/sessions-revoked"
        let event = type == formerly ? Self.sessionRevoked : Self.allCases.first { $0.type == type }
        guard let event else { return nil }
        self = event
    }

    /// What it does unless the operator chooses something else.
    public var usualAct: SignalAct {
        switch self {
        case .accountDisabled: .deactivate
        case .accountPurged: .remove
        case .accountEnabled: .reactivate
        default: .note
        }
    }

    /// What the operator may choose. To reactivate somebody is never an answer to bad news, nor the other way around.
    public var possibleActs: [SignalAct] {
        let acts: [SignalAct] = [.note, .endSessions, .dormant, .pause, .revoke]
        return switch self {
        case .accountEnabled: [.note, .reactivate]
        case .accountDisabled: acts + [.deactivate]
        case .accountPurged: acts + [.deactivate, .remove]
        default: acts
        }
    }

    /// Why an event of this kind is only noted, whatever the operator chose; `nil` where it is acted on.
    func reasonToNote(_ event: JSONValue) -> String? {
        guard self == .riskLevelChange else { return nil }
        let level = event["current_level"]?.string ?? "unknown"
        guard level.uppercased() == "HIGH" else { return "the level is \(level.inOneLine)" }
        let principal = event["principal"]?.string?.uppercased() ?? "USER"
        return principal == "USER" ? nil : "the risk is of a \(principal.lowercased().inOneLine)"
    }

    /// The type of what a transmitter sends when it is asked to show that the stream works (SSF 1.0).
    static let verification = "\(base)ssf/event-type/verification"
    /// The type of what a transmitter sends when it pauses, disables or enables a stream.
    static let streamUpdated = "\(base)ssf/event-type/stream-updated"

    /// What a type is called in events: its last segment, as far as it can be shown.
    static func name(of type: String) -> String {
        let last = type.split(separator: "/").last.map(String.init) ?? type
        return last.inOneLine.isEmpty ? "an event without a name" : last.inOneLine
    }
}

extension String {
    /// The text in one line of at most 200 characters, since its sender chose it.
    var inOneLine: String {
        let line = unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator
                ? Character(" ") : Character(scalar)
        }
        return String(String(line).prefix(200))
    }
}

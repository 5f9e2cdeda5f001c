import JSON
import Ledger
import Sodium
import Tokens

/// What is to be done about a security event token.
enum SignalJudgement: Hashable, Sendable {
    /// It is about somebody.
    case signal(Signal)
    /// It shows that the stream works, with the `state` that it was asked for, if it was.
    case verification(stream: String?, state: String?)
    /// The transmitter says that the stream is `enabled`, `paused` or `disabled`, and perhaps why.
    case streamUpdated(stream: String?, status: String, reason: String)
}

extension SecurityEventToken {
    /// What is to be done about it.
    ///
    /// - Parameter critical: the members of complex subjects that must be understood; `nil` for all.
    func judged(
        by settings: SignalSettings, critical: Set<String>?, from address: String, at now: Timestamp
    ) -> SignalJudgement {
        switch type {
        case SignalEvent.verification:
            return .verification(stream: stream, state: event["state"]?.string)
        case SignalEvent.streamUpdated:
            return .streamUpdated(
                stream: stream, status: event["status"]?.string?.inOneLine ?? "unknown",
                reason: event["reason"]?.string?.inOneLine ?? "")
        default: return .signal(signal(by: settings, critical, from: address, at: now))
        }
    }

    /// The stream that it is about.
    private var stream: String? {
        guard case .opaque(let stream)? = subject.user else { return nil }
        return stream
    }

    private func signal(
        by settings: SignalSettings, _ critical: Set<String>?, from address: String, at now: Timestamp
    ) -> Signal {
        let kind = SignalEvent(type: type)
        let (person, doubt) = person(by: settings)
        let remark =
            kind == nil
            ? "Jeton does not act on this kind of event"
            : doubt ?? kind?.reasonToNote(event) ?? limits(critical)
        let act = remark == nil ? kind.map(settings.act) ?? .note : .note
        let texts = [remark, reason.map { "the provider says: \($0)" }].compactMap(\.self)
        return Signal(
            stream: settings.name, mark: mark(issuer: settings.issuer), markedUntil: issuedAt + Self.lasting,
            name: kind?.rawValue ?? SignalEvent.name(of: type), person: person, session: sessionName,
            act: act, remark: texts.joined(separator: "; "), issuedAt: issuedAt, at: now, address: address)
    }

    /// Whom it names, and why that is not taken, if it is not.
    private func person(by settings: SignalSettings) -> (Signal.Person, doubt: String?) {
        switch subject.user {
        case .identity(let issuer, let name)?:
            guard issuer.isExactly(settings.subjectIssuer) else {
                return (.unnamed, "its subject is of another issuer")
            }
            return (.identity(Identity(issuer: settings.identityIssuer, name: name)), nil)
        case .email(let address)?:
            guard settings.takesEmail else {
                return (
                    .unnamed,
                    "it names somebody by e-mail address, which `signals.email_subjects` does not allow"
                )
            }
            return (.email(address), nil)
        case .opaque?: return (.unnamed, "its subject is opaque")
        case .other(let format)?: return (.unnamed, "its subject has the format \(format.inOneLine)")
        case nil: return (.unnamed, "its subject names no user")
        }
    }

    /// Why it is about less than a whole person; `nil` where nothing limits it further.
    private func limits(_ critical: Set<String>?) -> String? {
        if let limit = subject.others.first(where: SignalSubject.limiting.contains) {
            return "it is limited to a \(limit.replacing("_", with: " ")), which Jeton cannot tell"
        }
        let unknown = subject.others.first { name in
            name != "tenant" && (critical?.contains(name) ?? true)
        }
        if let unknown { return "its subject has the member \(unknown.inOneLine), which Jeton does not know" }
        return nil
    }

    private var sessionName: String? {
        switch subject.session {
        case .opaque(let id)?, .identity(_, let id)?: id
        case .email?, .other?: ""
        case nil: nil
        }
    }

    /// The provider's reason for administrators: a text, or texts by language (CAEP 1.0, section 2).
    private var reason: String? {
        let said: String?
        switch event["reason_admin"] {
        case .string(let text)?: said = text
        case .object(let texts)?:
            said =
                texts["en"]?.string ?? texts.sorted { $0.key < $1.key }.lazy.compactMap(\.value.string).first
        default: said = event["reason"]?.string
        }
        return said.flatMap { $0.inOneLine.isEmpty ? nil : $0.inOneLine }
    }

    private func mark(issuer: String) -> SHA256Digest {
        SHA256Digest(of: "signal\u{0}\(issuer)\u{0}\(identifier)")
    }
}

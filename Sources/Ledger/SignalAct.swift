public import Tokens

/// What a signal of the identity provider does to a person, as the operator configured.
public enum SignalAct: String, Hashable, Sendable, CaseIterable {
    /// It is kept as an event, and nothing else.
    case note
    /// The person's browser sessions end; or the one session that the signal names.
    case endSessions = "end-sessions"
    /// Sessions end, and tokens are dormant until the person's next sign-in.
    case dormant
    /// Sessions end, and active tokens are paused until somebody resumes them.
    case pause
    /// Sessions end, and active tokens are revoked.
    case revoke
    /// The person is deactivated, as by `active: false` of SCIM.
    case deactivate
    /// The person is reactivated, as by `active: true` of SCIM.
    case reactivate
    /// The account ends for good, as by `DELETE` of SCIM.
    case remove

    /// Whether all sessions of the person end with it.
    public var endsSessions: Bool { self != .note && self != .reactivate }
}

/// What was done because of a signal, and what there was to do it to.
public struct SignalOutcome: Hashable, Sendable {
    /// Who the signal is about.
    public enum Person: Hashable, Sendable {
        case found(SubjectID)
        /// Nobody here is whom it names.
        case nobody
        /// Several people have the e-mail address that it names.
        case several
        /// It names nobody, or in a way by which Jeton does not find people.
        case unnamed
    }

    public var person: Person
    /// What was done; ``SignalAct/note`` where nothing was.
    public var act: SignalAct
    /// How many sessions ended, and how many tokens were paused or revoked.
    public var sessions: Int
    public var tokens: Int
    /// Whether nothing was done because a signal that the provider issued later had come before.
    public var isOvertaken: Bool

    public init(
        person: Person, act: SignalAct = .note, sessions: Int = 0, tokens: Int = 0, isOvertaken: Bool = false
    ) {
        (self.person, self.act, self.sessions, self.tokens) = (person, act, sessions, tokens)
        self.isOvertaken = isOvertaken
    }

    /// Who it is about, if that person is here.
    public var subject: SubjectID? { if case .found(let id) = person { id } else { nil } }

    /// What was done, as a part of a sentence: "2 sessions ended, tokens dormant until the next sign-in".
    public var words: String {
        switch person {
        case .nobody: return "nobody here is meant, nothing done"
        case .several: return "several people here have that e-mail address, nothing done"
        case .unnamed: return "it names nobody whom Jeton can find, nothing done"
        case .found: break
        }
        if isOvertaken { return "a later signal came before it, nothing done" }
        let ended = "\(sessions) session\(sessions == 1 ? "" : "s") ended"
        let tokens = "\(self.tokens) token\(self.tokens == 1 ? "" : "s")"
        return switch act {
        case .note: "noted, nothing done"
        case .endSessions: ended
        case .dormant: "\(ended), tokens dormant until the next sign-in"
        case .pause: "\(ended), \(tokens) paused"
        case .revoke: "\(ended), \(tokens) revoked"
        case .deactivate: "deactivated, \(ended)"
        case .reactivate: "reactivated"
        case .remove: "account removed, \(ended)"
        }
    }
}

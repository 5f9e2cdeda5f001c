/// Whether a service takes its people's own passwords besides tokens.
public enum PasswordPolicy: Hashable, Sendable {
    /// Never.
    case refused
    /// For as long as people change over to tokens: until that moment, or until the operator says.
    case transition(until: Timestamp?)

    /// Whether a password may pass at `now`. In the moment of the end it is refused.
    public func accepts(at now: Timestamp) -> Bool {
        switch self {
        case .refused: false
        case .transition(let until): until.map { now < $0 } ?? true
        }
    }

    /// What a grant by password tells of its end: the date in UTC from which passwords are refused,
    /// or `undated`; `nil` where none passes at all.
    public var deprecation: String? {
        switch self {
        case .refused: nil
        case .transition(let until): until?.date ?? "undated"
        }
    }
}

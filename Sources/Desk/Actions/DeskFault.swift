public import Ledger

/// Why the desk did not do as it was asked. The sentences are written once, here.
public enum DeskFault: Error, Hashable, Sendable {
    /// Fields that cannot be taken, each with what is wrong.
    case invalid([FieldFault])
    /// The caller may not do this.
    case forbidden(String)
    /// There is no such token, or it is somebody else's.
    case noSuchToken
    /// The token is not live, or was regenerated before.
    case notActive
    /// The ledger failed.
    case ledger(LedgerError)
}

/// What is wrong with one field of a form or a JSON body.
public struct FieldFault: Hashable, Sendable {
    /// The field's name as the API has it; forms use the same.
    public let field: String
    /// What is wrong, as the rest of a sentence that begins with the field's name.
    public let detail: String

    /// A fault of that field.
    public init(_ field: String, _ detail: String) {
        self.field = field
        self.detail = detail
    }
}

extension DeskFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(let faults): faults.map { "\($0.field) \($0.detail)" }.joined(separator: "; ")
        case .forbidden(let reason): reason
        case .noSuchToken: LedgerError.noSuchToken.description
        case .notActive:
            "this token is not live any more, or was regenerated before: make a new one, or regenerate its successor"
        case .ledger(let error): error.description
        }
    }
}

public import Ledger

/// Why the desk did not do as it was asked. The sentences are written once, here.
public enum DeskFault: Error, Hashable, Sendable {
    /// Fields that cannot be taken, each with what is wrong.
    case invalid([FieldFault])
    /// The caller may not do this.
    case forbidden(String)
    /// There is no such token, or it is somebody else's.
    case noSuchToken
    /// There is no such person.
    case noSuchPerson
    /// The token is not live, or was regenerated before.
    case notActive
    /// The ledger failed.
    case ledger(LedgerError)
}

/// What is wrong with one field of a form or a JSON body.
public struct FieldFault: Hashable, Sendable {
    /// The field's name as the API has it; forms use the same.
    public let field: String
    /// What is wrong: the rest of a sentence that begins with the field's name, unless it ``isWhole``.
    public let detail: String
    /// Whether ``detail`` is a whole sentence: “foo” is not an IP address or range.
    public let isWhole: Bool

    public init(_ field: String, _ detail: String, isWhole: Bool = false) {
        self.field = field
        self.detail = detail
        self.isWhole = isWhole
    }

    /// The sentence without its full stop, in which the field is called `name`.
    public func sentence(calling name: String) -> String { isWhole ? detail : "\(name) \(detail)" }

    /// Another of the owner's active tokens has the name.
    public static let nameTaken = FieldFault(
        "name", "is taken by another active token: choose another, or revoke that one first")
}

extension DeskFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(let faults): faults.map { $0.sentence(calling: $0.field) }.joined(separator: "; ")
        case .forbidden(let reason): reason
        case .noSuchToken: LedgerError.noSuchToken.description
        case .noSuchPerson: LedgerError.noSuchSubject.description
        case .notActive:
            "this token is no longer active, or already has a new secret: create a new one, or regenerate its successor"
        case .ledger(let error): error.description
        }
    }
}

/// What is wrong with the fields of one request: so much of it that a person can act on it, and how many faults
/// more there are. So an answer stays short, whatever was sent.
public struct FieldFaults: Hashable, Sendable {
    /// How many are told.
    static let most = 20

    private var told: [FieldFault] = []
    private var untold = 0
    /// The field of the first one that is not told.
    private var field = ""

    public init() {}

    public var isEmpty: Bool { told.isEmpty }

    /// Those that are told, and behind them how many more there are.
    public var all: [FieldFault] {
        untold == 0 ? told : told + [FieldFault(field, "… and \(untold) more", isWhole: true)]
    }

    /// Adds a fault of `field`.
    public mutating func add(_ field: String, _ detail: String, isWhole: Bool = false) {
        if told.count < Self.most {
            told.append(FieldFault(field, detail, isWhole: isWhole))
        } else {
            if untold == 0 { self.field = field }
            untold += 1
        }
    }
}

/// What `body` reads of the ledger; what that failed at as the desk's own fault.
func read<Value>(
    _ body: () async throws(LedgerError) -> Value
) async throws(DeskFault) -> Value {
    do throws(LedgerError) {
        return try await body()
    } catch {
        throw .ledger(error)
    }
}

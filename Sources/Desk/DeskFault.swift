public import Ledger
public import Tokens

/// Why the desk refused a request, or failed at it.
public enum DeskFault: Error, Hashable, Sendable {
    /// Some fields are not valid.
    case invalid([FieldFault])
    /// The requester may not do this; the sentence says why.
    case forbidden(String)
    /// There is no such token, or it belongs to somebody else.
    case noSuchToken
    case noSuchPerson
    /// The person was removed, perhaps a moment ago by somebody else.
    case personRemoved
    /// There is no such service account, or it was removed.
    case noSuchAccount
    /// The token has ended, or the identifier is an alias.
    case notActive
    /// The token's previous secret still works.
    case beingRotated
    /// These people must approve the token before it is created.
    case needsApproval([Approvers])
    /// There is no such trust rule, or it belongs to somebody else.
    case noSuchRule
    /// There is no such request, or the requester may not see it.
    case noSuchRequest
    /// The request is not in the state for this; the sentence says what became of it, and what to do.
    case requestSettled(String)
    /// There is no such selection, it is somebody else's, or it is older than a day.
    case noSuchSelection
    case noSuchIncident
    /// The incident still pauses that many tokens.
    case incidentHasPauses(Int)
    case ledger(LedgerError)
}

/// What is wrong with one field of a form or a JSON body.
public struct FieldFault: Hashable, Sendable {
    /// The field's name in the API, which forms use too.
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
        case .personRemoved: "This person was removed: there is nothing left to change."
        case .noSuchPerson: LedgerError.noSuchSubject.description
        case .noSuchAccount: "there is no such service account"
        case .noSuchSelection: "this selection is gone, or it is somebody else's: select the tokens again"
        case .noSuchIncident: LedgerError.noSuchIncident.description
        case .incidentHasPauses(let count): LedgerError.incidentHasPauses(count).description
        case .notActive:
            "this token is no longer active, or this is the identifier of an earlier secret: create a new token, or use "
                + "the token's current identifier"
        case .beingRotated: LedgerError.beingRotated.description
        case .needsApproval(let approvers):
            "This token needs approval by \(approvers.words): ask for it, and create it once it is approved."
        case .noSuchRule: LedgerError.noSuchRule.description
        case .noSuchRequest: LedgerError.noSuchRequest.description
        case .requestSettled(let sentence): sentence
        case .ledger(let error): error.description
        }
    }
}

/// The faults of one request. Only the first ``limit`` are kept, and the number of the others, so that a response
/// stays short whatever was sent.
public struct FieldFaults: Hashable, Sendable {
    static let limit = 20

    private var kept: [FieldFault] = []
    private var omitted = 0
    /// The field of the first fault that was not kept.
    private var omittedField = ""

    public init() {}

    public var isEmpty: Bool { kept.isEmpty }

    /// The faults that were kept, followed by one that says how many more there are.
    public var all: [FieldFault] {
        omitted == 0 ? kept : kept + [FieldFault(omittedField, "… and \(omitted) more", isWhole: true)]
    }

    public mutating func add(_ field: String, _ detail: String, isWhole: Bool = false) {
        if kept.count < Self.limit {
            kept.append(FieldFault(field, detail, isWhole: isWhole))
        } else {
            if omitted == 0 { omittedField = field }
            omitted += 1
        }
    }
}

/// Runs `body`, and throws its error as ``DeskFault/ledger(_:)``.
func read<Value>(
    _ body: () async throws(LedgerError) -> Value
) async throws(DeskFault) -> Value {
    do throws(LedgerError) {
        return try await body()
    } catch {
        throw .ledger(error)
    }
}

/// The beginning of what was typed, without control characters, for the sentence of a fault.
func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }
    return String(String.UnicodeScalarView(scalars.prefix(60)))
}

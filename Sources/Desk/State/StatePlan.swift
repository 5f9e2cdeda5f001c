public import Tokens

/// What makes the desk the ``WantedState``, and what is in the way. Nothing is changed by making one.
public struct StatePlan: Hashable, Sendable {
    /// One difference: something to add, to change, or to end.
    public struct Step: Hashable, Sendable {
        public enum Act: String, Sendable {
            case add, change, remove
        }

        public enum Thing: Hashable, Sendable {
            /// A service account. Removing one suspends it.
            case account(login: String)
            /// A token of a service account; without an identifier where there is none yet. Removing one revokes it.
            case token(name: String, account: String, id: TokenID?)
            /// The membership of a person in a group.
            case membership(group: String, login: String)
        }

        public let act: Act
        public let thing: Thing
        /// Whether somebody else has to make it, as a note says.
        public var isRefused = false
        /// The fields that differ; empty where the thing itself is all there is to it.
        public var changes: [FieldChange] = []
    }

    /// A field that differs.
    public struct FieldChange: Hashable, Sendable {
        public enum Value: Hashable, Sendable {
            case text(String?)
            case list([String])
            case truth(Bool)
        }

        /// The field's name in the API.
        public let field: String
        /// `nil` where the thing is new.
        public let from: Value?
        public let to: Value
    }

    /// Something about a place in the wanted state.
    public struct Remark: Hashable, Sendable {
        /// A JSON pointer (RFC 6901): `/accounts/0/services`.
        public let place: String
        public let fault: FieldFault

        public init(place: String, fault: FieldFault) {
            self.place = place
            self.fault = fault
        }
    }

    /// In the order in which they have to be made.
    public internal(set) var steps: [Step] = []
    /// What cannot be as it is wanted. Nothing must be changed while there is any.
    public internal(set) var faults: [Remark] = []
    /// What is as it is wanted, and yet not as somebody may expect.
    public internal(set) var notes: [Remark] = []

    /// A plan that is nothing but faults.
    public init(faults: [Remark] = []) {
        self.faults = faults
    }

    mutating func refuse(_ fault: FieldFault, at place: String) {
        faults.append(Remark(place: place, fault: fault))
    }

    /// Adds the faults of fields below `place`.
    mutating func refuse(_ error: DeskFault, at place: String) throws(DeskFault) {
        switch error {
        case .ledger: throw error
        case .invalid(let all):
            for fault in all { refuse(fault, at: "\(place)/\(fault.field)") }
        default: refuse(FieldFault("", error.description.withoutFullStop, isWhole: true), at: place)
        }
    }
}

extension String {
    var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}

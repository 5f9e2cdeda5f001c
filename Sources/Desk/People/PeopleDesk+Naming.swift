import Ledger
import SignIn
public import Tokens

/// What people are called.
extension PeopleDesk {
    /// What a person is to be called, as somebody typed it; what is `nil` stays.
    public struct Rename: Hashable, Sendable {
        public var login: String?
        public var name: String?
        /// Empty for none.
        public var email: String?

        public init(login: String? = nil, name: String? = nil, email: String? = nil) {
            self.login = login
            self.name = name
            self.email = email
        }
    }

    /// Changes what a person is called, at once everywhere. Returns them as they now are; no event is kept where nothing
    /// changes.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once, and ``DeskFault/forbidden(_:)`` where the
    /// identity provider says what they are called.
    public func rename(
        _ subject: Subject, to wanted: Rename, by requester: Requester
    ) async throws(DeskFault) -> Subject {
        try requester.refuse(.rename)
        try refuseAccount(subject)
        if let refusal = try await namingRefusal(for: subject) { throw .forbidden(refusal) }
        let naming = try naming(of: subject, wanted)
        if naming.isKnownOtherwise(than: subject) { try requester.refuse(.identify) }
        let changes = naming.changes(from: subject)
        guard !changes.isEmpty else { return subject }
        do throws(LedgerError) {
            return try await ledger.rename(
                subject.id, to: naming,
                event: event(.subjectChanged, subject, requester, detail: changes))
        } catch {
            switch error {
            case .loginTaken: throw .invalid([FieldFault("login", "is already taken")])
            case .loginReserved:
                throw .invalid([FieldFault("login", "\(TextFault.keptForAccounts(naming.login.text))")])
            case .noSuchSubject: throw .personRemoved
            default: throw .ledger(error)
            }
        }
    }

    /// Why the desk does not decide what a person is called; `nil` if it does.
    public func namingRefusal(for subject: Subject) async throws(DeskFault) -> String? {
        guard try await isProviders(subject) else { return nil }
        return
            "The identity provider decides on the name, login and e-mail address of \(subject.login): change "
            + "them there."
    }

    private func naming(of subject: Subject, _ wanted: Rename) throws(DeskFault) -> PersonNaming {
        var faults = FieldFaults()
        func read<Value>(_ field: String, _ make: () throws(TextFault) -> Value) -> Value? {
            do {
                return try make()
            } catch {
                faults.add(field, error.description)
                return nil
            }
        }
        let login = read("login") { () throws(TextFault) in
            guard let text = wanted.login else { return subject.login }
            // One that is older than a rule about logins stays.
            return text.isExactly(subject.login.text) ? subject.login : try Login(new: text)
        }
        let name = read("name") { () throws(TextFault) in try PersonName(wanted.name ?? subject.name) }
        let address = wanted.email ?? subject.email ?? ""
        let email =
            address.isEmpty ? nil : read("email") { () throws(TextFault) in try EmailAddress(address) }
        guard faults.isEmpty, let login, let name else { throw .invalid(faults.all) }
        return PersonNaming(login: login, name: name, email: email)
    }
}

extension PersonNaming {
    /// Whether services would know `subject` by something else.
    fileprivate func isKnownOtherwise(than subject: Subject) -> Bool {
        movesLogin(of: subject) || movesEmail(of: subject)
    }

    private func movesLogin(of subject: Subject) -> Bool { !login.text.isExactly(subject.login.text) }

    private func movesEmail(of subject: Subject) -> Bool {
        !(email?.text ?? "").isExactly(subject.email ?? "")
    }

    /// What changes, for an event: “login ann to anna, name”.
    fileprivate func changes(from subject: Subject) -> String {
        var changes: [String] = []
        if movesLogin(of: subject) { changes.append("login \(subject.login) to \(login)") }
        if !name.text.isExactly(subject.name) { changes.append("name") }
        if movesEmail(of: subject) { changes.append("e-mail address") }
        return changes.joined(separator: ", ").beginning(bytes: 500)
    }
}

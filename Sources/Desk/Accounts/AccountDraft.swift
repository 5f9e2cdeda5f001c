public import Tokens

/// A service account as somebody typed it.
public struct AccountDraft: Hashable, Sendable {
    public var login: String
    /// The login is used in its place if it is empty.
    public var title: String
    public var purpose: String
    /// The owner groups.
    public var owners: [String]
    /// The logins of stewards.
    public var stewards: [String]
    /// The groups that the account is in.
    public var groups: [String]
    /// The names of services; empty for every one that admits the account's groups.
    public var services: [String]
    /// Addresses and ranges; empty for anywhere.
    public var addresses: [String]
    public var reviewOn: Timestamp?

    public init(
        login: String, title: String = "", purpose: String = "", owners: [String] = [],
        stewards: [String] = [], groups: [String] = [], services: [String] = [], addresses: [String] = [],
        reviewOn: Timestamp? = nil
    ) {
        self.login = login
        self.title = title
        self.purpose = purpose
        self.owners = owners
        self.stewards = stewards
        self.groups = groups
        self.services = services
        self.addresses = addresses
        self.reviewOn = reviewOn
    }
}

/// Parses an ``AccountDraft`` and collects the faults of all its fields.
struct AccountCheck {
    /// The services there are; `nil` for any.
    let services: [Service]?
    let logins: LoginPattern
    let now: Timestamp
    /// The account as it was, if it exists.
    var former: ServiceAccount?
    private var found = FieldFaults()

    init(services: [Service]?, logins: LoginPattern, now: Timestamp) {
        self.services = services
        self.logins = logins
        self.now = now
    }

    var faults: [FieldFault] { found.all }

    mutating func login(_ text: String) -> Login? {
        guard let login = read("login", { () throws(TextFault) in try Login(new: text) }) else { return nil }
        guard logins.matches(login) else {
            found.add(
                "login", "must fit “\(logins)”, such as \(logins.example): the operator sets accounts.logins")
            return nil
        }
        return login
    }

    mutating func title(_ text: String, login: String) -> PersonName? {
        let text = text.isEmpty ? login : text
        return read("title") { () throws(TextFault) in try PersonName(text) }
    }

    mutating func account(_ draft: AccountDraft, stewards: [Subject]) -> ServiceAccount {
        let account = ServiceAccount(
            purpose: purpose(draft.purpose), owners: draft.owners.uniqued(), stewards: stewards.map(\.id),
            services: services(draft.services), addresses: addresses(draft.addresses),
            reviewOn: draft.reviewOn)
        for fault in GroupChange.faults(of: draft.owners) {
            found.add("owners", fault.detail, isWhole: fault.isWhole)
        }
        if draft.stewards.count > ServiceAccount.stewardLimit {
            found.add(
                "stewards",
                "at most \(ServiceAccount.stewardLimit) people can be named: use a group for more",
                isWhole: true)
        }
        if account.owners.isEmpty, draft.stewards.count < ServiceAccount.fewestStewards {
            found.add(
                "owners",
                "an account needs an owner group, or at least two stewards, so that it survives any of them",
                isWhole: true)
        }
        if let review = draft.reviewOn, review <= now, review != former?.reviewOn {
            found.add("review_on", "must be in the future")
        }
        return account
    }

    mutating func groups(_ names: [String]) -> [String] {
        for fault in GroupChange.faults(of: names) {
            found.add(fault.field, fault.detail, isWhole: fault.isWhole)
        }
        return names.uniqued()
    }

    mutating func refuseSteward(_ text: String, isAccount: Bool) {
        let shown = text.beginning(bytes: 60)
        found.add(
            "stewards",
            isAccount
                ? "“\(shown)” is a service account: name people"
                : "there is no person “\(shown)”: use their login",
            isWhole: true)
    }

    private mutating func purpose(_ text: String) -> String {
        guard !text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) else {
            found.add("purpose", "must not be empty: say what the account is for")
            return ""
        }
        return read("purpose") { () throws(TextFault) in try Token.description(from: text) } ?? ""
    }

    private mutating func services(_ names: [String]) -> [ServiceName] {
        var known: [ServiceName] = []
        for text in names.uniqued() {
            guard let name = try? ServiceName(text), services?.contains(where: { $0.name == name }) ?? true
            else {
                let offer = (services ?? []).prefix(20).map(\.name.text).joined(separator: ", ")
                found.add(
                    "services", "there is no service “\(text.beginning(bytes: 60))”: use \(offer)",
                    isWhole: true)
                continue
            }
            known.append(name)
        }
        return known
    }

    private mutating func addresses(_ texts: [String]) -> [AddressRange] {
        var check = NewTokenCheck(offered: nil)
        let ranges = check.addresses(texts)
        for fault in check.faults { found.add(fault.field, fault.detail, isWhole: fault.isWhole) }
        return ranges
    }

    private mutating func read<Value>(
        _ field: String, _ make: () throws(TextFault) -> Value
    ) -> Value? {
        do {
            return try make()
        } catch {
            found.add(field, error.description)
            return nil
        }
    }
}

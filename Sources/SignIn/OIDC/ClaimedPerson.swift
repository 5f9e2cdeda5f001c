internal import JSON
import Ledger
import Tokens

/// A claim that describes a person, with a key of its own in `sign_in.oidc.claims`.
///
/// To keep another claim, add a case here, a property of ``ClaimedPerson``, `Profile` and `Subject`, and a
/// column of the ledger.
public enum PersonClaim: String, Hashable, Sendable, CaseIterable {
    case login
    case name
    case email
    case groups

    /// The claim's name, unless the operator gives another.
    public var usualName: String {
        switch self {
        case .login: "preferred_username"
        case .name: "name"
        case .email: "email"
        case .groups: "groups"
        }
    }

    /// The text of the configuration's reference.
    public var reference: String {
        switch self {
        case .login:
            "The claim with the login. If the provider does not send it, the whole e-mail address is used. "
                + "`a.b` is the member `b` of the claim `a`."
        case .name: "The claim with the name."
        case .email: "The claim with the e-mail address; ignored if `email_verified` is false."
        case .groups:
            "The claim with the list of groups, which services receive in `Remote-Groups`. "
                + "A group with a comma in its name is left out."
        }
    }
}

/// The names of the claims that describe a person: the usual ones, or the operator's own.
public struct ClaimNames: Hashable, Sendable {
    private var own: [PersonClaim: String] = [:]

    public init() {}

    /// The name of a claim.
    public subscript(_ claim: PersonClaim) -> String {
        get { own[claim] ?? claim.usualName }
        set { own[claim] = newValue }
    }
}

/// A person as the provider's claims describe them.
struct ClaimedPerson: Hashable, Sendable {
    let login: Login
    let name: Claimed<String>
    let email: Claimed<String?>
    /// All groups, which decide about access: more than may be stored.
    let groups: Claimed<[String]>

    /// Whether `document` lacks a claim, so that userinfo has to be asked.
    static func isIncomplete(_ document: JSONValue, names: ClaimNames) -> Bool {
        PersonClaim.allCases.contains { value(named: names[$0], in: document) == nil }
    }

    /// Reads a person. Without a login in the claims, the whole e-mail address stands in: the part before the
    /// `@` would be ambiguous as soon as there are two domains.
    ///
    /// `isWhole` is false where userinfo failed to tell what `document` lacks. That is unknown then, and
    /// nothing stands in for a login.
    init(_ document: JSONValue, names: ClaimNames, isWhole: Bool) throws(OIDCFault) {
        email = Self.email(document, names: names, isWhole: isWhole)
        let claimedLogin = Self.value(named: names[.login], in: document)?.login ?? ""
        let address: String? = if isWhole, case .value(let address) = email { address } else { nil }
        guard let text = claimedLogin.isEmpty ? address : claimedLogin else { throw .noLogin }
        do throws(TextFault) {
            login = try Login(text)
        } catch {
            throw .badLogin(error)
        }
        let claimed = Self.value(named: names[.name], in: document)
        if claimed == nil, !isWhole {
            name = .unknown
        } else {
            let text = claimed?.string.flatMap { try? PersonName($0).text }
            name = .value(text ?? PersonName(standingFor: login).text)
        }
        groups = Self.groups(document, names: names, isWhole: isWhole)
    }

    /// The profile of `known` by these claims. What is unknown stays as it was, and a placeholder that tools
    /// send does not become anybody's login.
    func profile(of known: Subject, groups: [String], isAdministrator: Bool?) -> Profile {
        Profile(
            login: login.isSentByTools ? known.login : login, name: name.value(or: known.name),
            email: email.value(or: known.email), groups: groups, isAdministrator: isAdministrator)
    }

    /// The subject of a person who signs in for the first time.
    func newSubject(groups: [String], isAdministrator: Bool, at now: Timestamp) -> Subject {
        Subject(
            id: .make(at: now), login: login, name: name.value(or: PersonName(standingFor: login).text),
            email: email.value(or: nil), groups: groups, isAdministrator: isAdministrator, createdAt: now,
            lastSignInAt: now)
    }

    /// No address where the provider says that it is not verified, since services rely on it.
    private static func email(_ document: JSONValue, names: ClaimNames, isWhole: Bool) -> Claimed<String?> {
        guard isVerified(document["email_verified"]) else { return .value(nil) }
        guard let claimed = value(named: names[.email], in: document) else {
            return isWhole ? .value(nil) : .unknown
        }
        return .value(claimed.string.flatMap { try? EmailAddress($0).text })
    }

    /// Some providers send a text or a number.
    private static func isVerified(_ claim: JSONValue?) -> Bool {
        switch claim {
        case nil, .null?: true
        case .string(let text)?: ["true", "1"].contains(text.lowercased())
        default: claim == true || claim == 1
        }
    }

    private static func groups(_ document: JSONValue, names: ClaimNames, isWhole: Bool) -> Claimed<[String]> {
        guard oddity(of: document, names: names) == nil else { return .unknown }
        guard let claimed = value(named: names[.groups], in: document) else {
            return isWhole ? .value([]) : .unknown
        }
        let texts = claimed.array?.compactMap(\.string) ?? claimed.string.map { [$0] } ?? []
        return .value(texts.filter(GroupName.isTold).uniqued())
    }

    /// Why the groups in `document` cannot be read; `nil` where they can, or where there are none.
    static func oddity(of document: JSONValue, names: ClaimNames) -> ProviderOddity? {
        switch value(named: names[.groups], in: document) {
        case nil:
            // Aggregated and distributed claims (OpenID Connect Core 1.0, section 5.6.2).
            return document["_claim_names"]?[names[.groups]] == nil ? nil : .groupsElsewhere
        case .string?:
            return nil
        case .array(let several)?:
            return several.isEmpty || several.contains { $0.string != nil } ? nil : .groupsUnreadable
        default:
            return .groupsUnreadable
        }
    }

    /// The claim of that name. Where there is none, `a.b` is the member `b` of the claim `a`, as in
    /// Keycloak's `realm_access.roles`. Either name may contain more dots.
    private static func value(named name: String, in document: JSONValue) -> JSONValue? {
        if let value = document[name] { return value == .null ? nil : value }
        for dot in name.indices where name[dot] == "." {
            guard let outer = document[String(name[..<dot])] else { continue }
            let inner = String(name[name.index(after: dot)...])
            if let found = value(named: inner, in: outer) { return found }
        }
        return nil
    }
}

/// What a provider claims about something.
enum Claimed<Value: Hashable & Sendable>: Hashable, Sendable {
    /// This value, which may be that there is none.
    case value(Value)
    /// Nothing readable, which is not the same as none.
    case unknown

    /// The claimed value, or else the former one.
    func value(or former: Value) -> Value {
        if case .value(let value) = self { value } else { former }
    }
}

extension JSONValue {
    /// The text of a login, which some directories send as a number.
    fileprivate var login: String? {
        if case .integer(let number) = self { String(number) } else { string }
    }
}

import Ledger
import Tokens

/// An address at the desk. Pages link and send forms only to these.
struct DeskPath: Sendable, Hashable {
    /// The path, with its query or fragment, percent-encoded.
    let text: String

    private init(_ text: String) {
        self.text = text
    }

    static let signIn = DeskPath("/")
    static let signInForm = DeskPath("/sign-in")
    /// The sign-in with a password, where a provider signs people in; continues at `path`.
    static func signInByPassword(returnTo path: ReturnPath?) -> DeskPath {
        path.map { signIn.with([("local", ""), ("return_to", $0.text)]) } ?? DeskPath("/?local")
    }
    static let providerSignIn = DeskPath("/sign-in/oidc")
    /// Signs in through the provider again and returns to My Tokens.
    static let signInAgain = providerSignIn.with([
        ("again", "yes"), ("return_to", tokens.text),
    ])
    static let signOut = DeskPath("/sign-out")
    /// The sign-in page after signing out.
    static let signedOut = DeskPath("/?signed-out")
    static let welcome = DeskPath("/welcome")

    static let tokens = DeskPath("/tokens")
    static let newToken = DeskPath("/tokens/new")
    static func token(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)") }
    static func reveal(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/reveal") }
    static func seen(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/seen") }
    static func rotate(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/rotate") }
    static func edit(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/edit") }
    static func narrow(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/narrow") }
    static let whose = DeskPath("/tokens/whose")
    static func endPrevious(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/end-previous") }
    static func pause(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/pause") }
    static func resumeToken(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/resume") }
    static func handOver(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/hand-over") }
    static func revoke(_ id: TokenID) -> DeskPath { DeskPath("/tokens/\(id)/revoke") }

    static let authorizeAnswer = DeskPath("/oauth/authorize/answer")
    static let device = DeskPath("/device")
    static let deviceAnswer = DeskPath("/device/answer")
    static func programSignIn(_ id: AuthorizationID) -> DeskPath { DeskPath("/oauth/login/\(id)") }

    static let requests = DeskPath("/requests")
    static func request(_ id: RequestID) -> DeskPath { DeskPath("/requests/\(id)") }
    static func decide(_ id: RequestID) -> DeskPath { DeskPath("/requests/\(id)/decide") }
    static func withdraw(_ id: RequestID) -> DeskPath { DeskPath("/requests/\(id)/withdraw") }
    static func createRequested(_ id: RequestID) -> DeskPath { DeskPath("/requests/\(id)/token") }

    /// The service accounts that somebody is a steward of.
    static let stewardship = DeskPath("/accounts")
    static func stewarded(_ id: SubjectID) -> DeskPath { DeskPath("/accounts/\(id)") }
    static func tokens(of account: SubjectID) -> DeskPath { DeskPath("/accounts/\(account)/tokens") }

    /// The trust rules of a service account, or one's own.
    static func trust(of owner: SubjectID) -> DeskPath { DeskPath("/accounts/\(owner)/trust") }
    static func testTrust(of owner: SubjectID) -> DeskPath { DeskPath("/accounts/\(owner)/trust/test") }
    static func removeTrust(_ rule: TrustRuleID, of owner: SubjectID) -> DeskPath {
        DeskPath("/accounts/\(owner)/trust/\(rule)/remove")
    }

    static let help = DeskPath("/help")
    static func guide(_ name: String) -> DeskPath { DeskPath("/help/\(name)") }
    static let api = DeskPath("/api")
    static func api(_ tag: String) -> DeskPath { DeskPath("/api/\(tag)") }
    static func api(_ tag: String, at operation: String) -> DeskPath { DeskPath("/api/\(tag)#\(operation)") }
    static let openAPI = DeskPath("/api/v1/openapi.json")

    static let notices = DeskPath("/notices")
    static let markNoticesRead = DeskPath("/notices/read")
    static func unsubscribe(_ code: String) -> DeskPath {
        DeskPath("/notices/unsubscribe/\(code.percentEncoded)")
    }
    static let chooseNotices = DeskPath("/account/notices")
    static func teamWebhook(_ id: SubjectID) -> DeskPath { DeskPath("/accounts/\(id)/webhook") }
    static func removeTeamWebhook(_ id: SubjectID) -> DeskPath { DeskPath("/accounts/\(id)/webhook/remove") }

    static let account = DeskPath("/account")
    static let password = DeskPath("/account/password")
    static let signOutEverywhere = DeskPath("/account/sign-out-everywhere")

    static let people = DeskPath("/admin/people")
    static func person(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)") }
    static func groups(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/groups") }
    static func promote(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/promote") }
    static func demote(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/demote") }
    static func suspend(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/suspend") }
    static func releaseIdentity(_ id: SubjectID) -> DeskPath {
        DeskPath("/admin/people/\(id)/release-identity")
    }
    static func resume(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/resume") }
    static func invite(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/invite") }
    static func editPerson(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/edit") }
    static func removePerson(_ id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/remove") }
    static func endSession(of id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/end-session") }
    static func endSessions(of id: SubjectID) -> DeskPath { DeskPath("/admin/people/\(id)/end-sessions") }
    static let serviceAccounts = DeskPath("/admin/accounts")
    static let newAccount = DeskPath("/admin/accounts/new")
    static func serviceAccount(_ id: SubjectID) -> DeskPath { DeskPath("/admin/accounts/\(id)") }
    static func suspendAccount(_ id: SubjectID) -> DeskPath { DeskPath("/admin/accounts/\(id)/suspend") }
    static func resumeAccount(_ id: SubjectID) -> DeskPath { DeskPath("/admin/accounts/\(id)/resume") }
    static func removeAccount(_ id: SubjectID) -> DeskPath { DeskPath("/admin/accounts/\(id)/remove") }
    /// Where administrators see a person or a service account.
    static func subject(_ subject: Subject) -> DeskPath {
        subject.isPerson ? person(subject.id) : serviceAccount(subject.id)
    }
    static let overview = DeskPath("/admin")
    static let allTokens = DeskPath("/admin/tokens")
    static let allTokensCSV = DeskPath("/admin/tokens.csv")
    static let bulk = DeskPath("/admin/bulk")
    static func selection(_ id: SelectionID) -> DeskPath { DeskPath("/admin/bulk/\(id)") }
    static let incidents = DeskPath("/admin/incidents")
    static func incident(_ number: Int) -> DeskPath { DeskPath("/admin/incidents/\(number)") }
    static func changeIncident(_ number: Int) -> DeskPath { DeskPath("/admin/incidents/\(number)/change") }
    static func closeIncident(_ number: Int) -> DeskPath { DeskPath("/admin/incidents/\(number)/close") }
    /// The tokens of exactly this person or service account. The login of one who was removed may be somebody else's.
    static func allTokens(of owner: Subject, inAllStates isAll: Bool = false) -> DeskPath {
        allTokens.with([
            ("state", isAll ? "all" : nil),
            ("owner", owner.endedAt == nil ? owner.login.text : owner.id.text),
        ])
    }
    static func anyToken(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)") }
    static let whoseAny = DeskPath("/admin/whose")
    static let whoseFile = DeskPath("/admin/whose/file")
    static let endAgents = DeskPath("/agents/end")
    static let decoys = DeskPath("/decoys")
    static let allDecoys = DeskPath("/admin/decoys")
    static func revealDecoy(_ id: TokenID) -> DeskPath { DeskPath("/decoys/\(id)/reveal") }
    static func revokeDecoy(_ id: TokenID) -> DeskPath { DeskPath("/decoys/\(id)/revoke") }
    static func revokeAnyDecoy(_ id: TokenID) -> DeskPath { DeskPath("/admin/decoys/\(id)/revoke") }
    static func revokeAny(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)/revoke") }
    static func handOverAny(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)/hand-over") }
    static func pauseAny(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)/pause") }
    static func resumeAny(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)/resume") }
    static func endPreviousOfAny(_ id: TokenID) -> DeskPath { DeskPath("/admin/tokens/\(id)/end-previous") }
    static let passwords = DeskPath("/admin/passwords")
    static let passwordsCSV = DeskPath("/admin/passwords.csv")
    static let policy = DeskPath("/admin/policy")
    static let policyCSV = DeskPath("/admin/policy.csv")
    static let events = DeskPath("/admin/events")
    static let deliveries = DeskPath("/admin/notices")
    static let sendNoticeAgain = DeskPath("/admin/notices/send-again")
    static let enableEndpoint = DeskPath("/admin/notices/enable")
    static let eventsCSV = DeskPath("/admin/events.csv")
    static let eventsLines = DeskPath("/admin/events.jsonl")

    /// The events about exactly this person or service account.
    static func events(about subject: Subject) -> DeskPath { events.with([("subject", subject.id.text)]) }

    /// The desk's first page at its public address, for browsers that opened another address.
    static func front(of address: String) -> DeskPath { DeskPath("\(address)/") }

    /// An element of the same page.
    static func fragment(_ id: String) -> DeskPath { DeskPath("#\(id)") }

    /// The address with a query, or with more of it; pairs without a value are omitted.
    func with(_ items: [(name: String, value: String?)]) -> DeskPath {
        let pairs = items.compactMap { name, value in
            value.map { "\(name)=\($0.percentEncoded)" }
        }
        let sign = text.contains("?") ? "&" : "?"
        return pairs.isEmpty ? self : DeskPath("\(text)\(sign)\(pairs.joined(separator: "&"))")
    }

    /// An element of this page.
    func at(_ id: String) -> DeskPath { DeskPath("\(text)#\(id)") }

    /// An asset. The query changes with the content, so that browsers can cache it forever.
    static func asset(_ name: String, version: String) -> DeskPath {
        DeskPath("/assets/\(name)?v=\(version)")
    }

    /// The sign-in page, which continues at `path`.
    static func signIn(returnTo path: ReturnPath) -> DeskPath {
        signIn.with([("return_to", path.text)])
    }

    init(_ path: ReturnPath) {
        self.init(path.text)
    }

    /// The sign-in through the identity provider, which continues at `path`.
    static func providerSignIn(returnTo path: ReturnPath?) -> DeskPath {
        providerSignIn.with([("return_to", path?.text)])
    }
}

/// Where to continue after signing in: a path at this desk, never at another site.
struct ReturnPath: Sendable, Hashable {
    /// The path with its query.
    let text: String

    /// The most bytes, so that a request for an authorization code fits.
    private static let limit = 1200

    /// Whether it is the form for a new token, filled in by a link.
    var isNewToken: Bool { text.hasPrefix("\(DeskPath.newToken.text)?") }

    /// `nil` unless every browser reads `text` as a path of the same site.
    ///
    /// `//host` and `/\host` name another site (WHATWG URL reads `\` as `/`), and browsers drop tabs
    /// and line breaks before parsing, so only printable ASCII without `\` is allowed.
    init?(_ text: String) {
        guard text.utf8.count <= Self.limit, text.utf8.first == UInt8(ascii: "/"),
            text.utf8.dropFirst().first != UInt8(ascii: "/"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        // There is nothing to return to at these.
        guard text != "/", !["/sign-in", "/sign-out", "/welcome", "/assets/"].contains(where: text.hasPrefix)
        else { return nil }
        self.text = text
    }
}

import Gate
import Tokens

/// `services.NAME`: a service, as far as it was written.
struct ServiceSection: Hashable, NamedSection {
    let name: ServiceName
    var title: String?
    var realm: String?
    var kind = Service.Kind.http
    var url: ServiceURL?
    var secret: ServiceSecret?
    var saslauthd = SaslauthdSection()
    var groups: [String] = []
    /// The groups that approve new tokens for it.
    var tellGroups: [String]?
    var paths: [PathPattern] = []
    var takesPasswords = false
    var passwordsUntil: Timestamp?
    var allowsAnonymousReads = false
    var challengesBearer = true
    /// `writes.only_from`: whether only jobs may write.
    var takesWritesFromJobsOnly = false
    /// What happens to tokens for it that leaked, where it is not as usual.
    var leaked: LeakAct?
    /// The rules about tokens for it.
    var tokens = TokenRules()

    init(name: ServiceName) {
        self.name = name
    }

    /// The service that it describes.
    var service: Service {
        Service(
            name: name, title: title, realm: realm, kind: kind, url: url, groups: groups,
            tellGroups: tellGroups, paths: paths,
            passwords: takesPasswords ? .transition(until: passwordsUntil) : .refused,
            allowsAnonymousReads: allowsAnonymousReads, challengesBearer: challengesBearer,
            takesWritesFromJobsOnly: takesWritesFromJobsOnly)
    }
}

extension ConfigurationKey {
    /// `services`, without what ``saslauthd`` says of each.
    static let services: [ConfigurationKey] = shown + challenge + guarded + servicePasswords + anonymous

    private static let shown: [ConfigurationKey] = [
        .service(
            "services.*.title", .title, default: "the service's name",
            "The name on My Tokens."
        ) { $0.title = $1 },
        .service(
            "services.*.realm", .title, default: "the service's title",
            "The realm of the challenge, which tools show when they ask for a token."
        ) { $0.realm = $1 },
        .service(
            "services.*.kind", .kind, default: "http",
            "How reads and writes are distinguished: by the method, and for `git` also by what Git requests. With "
                + "`docker`, `cargo` and `npm`, a token limited to a path may also read what these tools "
                + "request first ([which](tokens.md#what-clients-ask-for-first))."
        ) { $0.kind = $1 },
        .service(
            "services.*.url", .serviceURL, default: "the commands say `HOST`",
            "Where tools reach it, for the commands that people paste after creating a token. Paths in scopes are "
                + "relative to its path."
        ) { $0.url = $1 },
    ]

    private static let challenge: [ConfigurationKey] = [
        .service(
            "services.*.bearer_challenge", .truth, default: "true",
            "Whether a 401 also tells OAuth clients where to sign a person in, after the challenge for Basic "
                + "([how](protect/README.md#clients-that-sign-in)). Needs `url`, and is always off with `kind: docker`."
        ) { $0.challengesBearer = $1 }
    ]

    private static let guarded: [ConfigurationKey] = [
        .serviceList(
            "services.*.groups", .group, default: "open to everybody",
            "Only people in one of these groups may have tokens for it. Tokens of people who leave them are refused "
                + "there at once."
        ) { $0.groups = $1 },
        .serviceList(
            "services.*.tell_groups", .group, default: "all groups of the owner",
            "The groups that `Remote-Groups` and introspection tell the service about, if the owner is in them. "
                + "The header holds \(GroupsHeader.limit) bytes: what does not fit is left out, and "
                + "`X-Jeton-Groups: partial` says so ([how](protect/README.md#groups))."
        ) { $0.tellGroups = $1 },
        .serviceList(
            "services.*.paths", .pathPattern, default: "no paths",
            "The paths that a scope may be limited to, as in `git:write:/team/app.git`; `*` stands for any "
                + "characters within one segment. The proxy must send the original target."
        ) { $0.paths = $1 },
        .service(
            "services.*.secret_file", .secretFile(ServiceSecret.init(written:)),
            default: "none: it cannot introspect",
            "The file with the service's secret for `/oauth/introspect` and `/oauth/revoke`, where its user name is "
                + "the service's name: at least \(ServiceSecret.leastLength) characters on one line, such as "
                + "from `openssl rand -hex 32`."
        ) { $0.secret = $1 },
    ]

    private static let anonymous: [ConfigurationKey] = [
        .service(
            "services.*.anonymous", .anonymous, default: "refused",
            "What is allowed without a token: with `read`, everybody can read, and only writing needs a token "
                + "([how](protect/anonymous-reads.md)). A token that is sent is checked all the same."
        ) { $0.allowsAnonymousReads = $1 },
        .serviceList(
            "services.*.writes.only_from", .writer, default: "any token whose scopes allow it",
            "Who alone may write: with `ci`, only jobs, with tokens that they get for their identity "
                + "([how](operate/federation.md#releases-from-jobs-only)). So a release cannot be pushed from a laptop."
        ) { $0.takesWritesFromJobsOnly = !$1.isEmpty },
    ]
}

extension ValueParser<PathPattern> {
    fileprivate static let pathPattern = ValueParser(
        "paths such as `/*/*.git`", expected: PathPattern.expected, read: { PathPattern($0) })
}

extension ValueParser<ServiceURL> {
    fileprivate static let serviceURL = ValueParser(
        "`https://HOST/PATH`",
        expected: "http:// or https:// with a host, such as https://maven.example.com/repository/",
        read: { ServiceURL($0) })
}

extension ValueParser<Bool> {
    fileprivate static let anonymous = ValueParser(
        "`refused` or `read`", expected: "refused or read", schema: .words(["refused", "read"])
    ) { text in
        ["refused": false, "read": true][text]
    }
}

extension ValueParser<String> {
    fileprivate static let writer = ValueParser(
        "`ci`", expected: "ci", schema: .words(["ci"])
    ) { $0 == "ci" ? $0 : nil }
}

extension ValueParser<Service.Kind> {
    fileprivate static let kind = ValueParser(
        Service.Kind.allCases.map { "`\($0.rawValue)`" }.alternatives,
        expected: Service.Kind.allCases.map(\.rawValue).alternatives, schema: .words(of: Service.Kind.self),
        read: Service.Kind.init(rawValue:))
}

extension [String] {
    /// `a, b or c`.
    fileprivate var alternatives: String {
        dropLast().joined(separator: ", ") + (last.map { count > 1 ? " or \($0)" : $0 } ?? "")
    }
}

extension ServiceSecret {
    init(written text: String) throws(BadValue) {
        guard let secret = ServiceSecret(text) else {
            throw BadValue(
                "the secret must have at least \(ServiceSecret.leastLength) characters: "
                    + "create one with `openssl rand -hex 32`")
        }
        self = secret
    }
}

extension Configuration {
    /// The guarded services. If there are none, a service `default`, so that Jeton can be tried at once.
    var services: [Service] {
        guard serviceSections.isEmpty else { return serviceSections.map(\.service) }
        return (try? ServiceName("default")).map { [Service(name: $0, title: "Default")] } ?? []
    }

    /// The secrets of services that introspect.
    var secrets: [ServiceName: ServiceSecret] {
        Dictionary(
            serviceSections.compactMap { section in section.secret.map { (section.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The groups that the configuration names. For people in very many groups, only these are kept.
    var namedGroups: [String] {
        let services = services.flatMap { $0.groups + ($0.tellGroups ?? []) }
        return (services + signIn.oidc.allowedGroups + signIn.oidc.adminGroups + tokenPolicy.approval.groups)
            .uniqued()
    }

    /// The section of that service; setting it adds the service.
    subscript(_ name: ServiceName) -> ServiceSection {
        get { serviceSections[named: name] }
        set { serviceSections[named: name] = newValue }
    }

    /// Lists of groups that are too long for `Remote-Groups`.
    var groupConflicts: [KeyConflict] {
        serviceSections.compactMap { section in
            guard let groups = section.tellGroups, !GroupsHeader.fits(groups) else { return nil }
            return KeyConflict(
                "services.\(section.name).tell_groups",
                "is too long: the names, percent-encoded and with commas between them, may have "
                    + "\(GroupsHeader.limit) bytes")
        }
    }

    /// Addresses that paths of scopes cannot be relative to.
    var pathConflicts: [KeyConflict] {
        services.filter { !$0.paths.isEmpty && !$0.hasPlainBase }.map { service in
            KeyConflict(
                "services.\(service.name).url", beside: "services.\(service.name).paths",
                "must not have empty, `.` or `..` segments, or anything else ambiguous, in its path if `paths` is set"
            )
        }
    }
}

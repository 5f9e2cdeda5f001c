import Gate
import Tokens

/// `services.NAME`: a service, as far as it was written.
struct ServiceSection: Hashable, Sendable {
    let name: ServiceName
    var title: String?
    var realm: String?
    var kind = Service.Kind.http
    var url: ServiceURL?
    var secret: ServiceSecret?
    var saslauthd = SaslauthdSection()
    var groups: [String] = []
    var tellGroups: [String]?
    var paths: [PathPattern] = []
    var takesPasswords = false
    var passwordsUntil: Timestamp?
    var allowsAnonymousReads = false

    /// The service that it describes.
    var service: Service {
        Service(
            name: name, title: title, realm: realm, kind: kind, url: url, groups: groups,
            tellGroups: tellGroups, paths: paths,
            passwords: takesPasswords ? .transition(until: passwordsUntil) : .refused,
            allowsAnonymousReads: allowsAnonymousReads)
    }
}

extension ConfigurationKey {
    /// `services`, without what ``saslauthd`` says of each.
    static let services: [ConfigurationKey] = shown + guarded + servicePasswords + anonymous

    private static let shown: [ConfigurationKey] = [
        .service(
            "services.*.title", .title, default: "the service's name",
            "What people read on My Tokens."
        ) { $0.title = $1 },
        .service(
            "services.*.realm", .title, default: "the service's title",
            "What clients ask a token for: the realm of the challenge."
        ) { $0.realm = $1 },
        .service(
            "services.*.kind", .kind, default: "http",
            "How a read is told from a write: by the method alone, and with `git` also by what Git asks for. A "
                + "token that is narrowed to a path may read beside it what clients of `docker`, `cargo` and `npm` "
                + "ask for first ([which](tokens.md#what-clients-ask-for-first))."
        ) { $0.kind = $1 },
        .service(
            "services.*.url", .serviceURL, default: "`HOST` stands in its place",
            "Where clients reach it, for the lines that people paste when they have made a token. The paths "
                + "of scopes begin behind its path."
        ) { $0.url = $1 },
    ]

    private static let guarded: [ConfigurationKey] = [
        .serviceList(
            "services.*.groups", .group, default: "everybody",
            "Only people in one of these may hold tokens for it. A token of somebody who is in none any "
                + "more is refused there at once."
        ) { $0.groups = $1 },
        .serviceList(
            "services.*.tell_groups", .group, default: "all that its owner is in",
            "The groups that the service is told of in `Remote-Groups` and by introspection, where the owner is "
                + "in them. The header holds \(ToldGroups.limit) bytes: what does not fit is left out, and "
                + "`X-Jeton-Groups: partial` says so ([how](protect/README.md#groups))."
        ) { $0.tellGroups = $1 },
        .serviceList(
            "services.*.paths", .pathPattern, default: "no paths",
            "What a scope may be narrowed to, as in `git:write:/team/app.git`: paths in which `*` stands for "
                + "any characters within one segment. The proxy has to tell the original target."
        ) { $0.paths = $1 },
        .service(
            "services.*.secret_file", .secretFile(ServiceSecret.init(written:)),
            default: "none: it cannot introspect",
            "The file that holds what the service proves itself with, under its name, at `/oauth/introspect` "
                + "and `/oauth/revoke`: at least \(ServiceSecret.leastLength) characters on one line, such as "
                + "`openssl rand -hex 32` makes."
        ) { $0.secret = $1 },
    ]

    private static let anonymous: [ConfigurationKey] = [
        .service(
            "services.*.anonymous", .anonymous, default: "refused",
            "What somebody without a token may do: with `read` everybody reads, and a token is asked for to "
                + "write ([how](protect/anonymous-reads.md)). A token that is sent is judged all the same."
        ) { $0.allowsAnonymousReads = $1 }
    ]
}

extension ValueForm<PathPattern> {
    fileprivate static let pathPattern = ValueForm(
        "paths such as `/*/*.git`", expected: PathPattern.expected, read: { PathPattern($0) })
}

extension ValueForm<ServiceURL> {
    fileprivate static let serviceURL = ValueForm(
        "`https://HOST/PATH`",
        expected: "http:// or https:// with a host, such as https://maven.example.com/repository/",
        read: { ServiceURL($0) })
}

extension ValueForm<Bool> {
    fileprivate static let anonymous = ValueForm(
        "`refused` or `read`", expected: "refused or read", schema: .words(["refused", "read"])
    ) { text in
        ["refused": false, "read": true][text]
    }
}

extension ValueForm<Service.Kind> {
    fileprivate static let kind = ValueForm(
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
    fileprivate init(written text: String) throws(BadValue) {
        guard let secret = ServiceSecret(text) else {
            throw BadValue(
                "the secret must have at least \(ServiceSecret.leastLength) characters: "
                    + "make one with `openssl rand -hex 32`")
        }
        self = secret
    }
}

extension Configuration {
    /// What is guarded: where nothing was written the service `default`, so that it can be tried at once.
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

    /// The groups that decide anything, or that a service is told of: they are kept of people in very many.
    var namedGroups: [String] {
        let services = services.flatMap { $0.groups + ($0.tellGroups ?? []) }
        return (services + signIn.oidc.allowedGroups + signIn.oidc.adminGroups).uniqued()
    }

    /// The section of that service, which is added where there is none.
    subscript(_ name: ServiceName) -> ServiceSection {
        get { serviceSections.first { $0.name == name } ?? ServiceSection(name: name) }
        set {
            if let index = serviceSections.firstIndex(where: { $0.name == name }) {
                serviceSections[index] = newValue
            } else {
                serviceSections.append(newValue)
            }
        }
    }

    /// Lists of groups that `Remote-Groups` could not hold.
    var groupConflicts: [UnmatchedKey] {
        serviceSections.compactMap { section in
            guard let groups = section.tellGroups, !ToldGroups.fits(groups) else { return nil }
            return UnmatchedKey(
                "services.\(section.name).tell_groups",
                "does not fit: with commas between them, and percent-encoded, the names may have "
                    + "\(ToldGroups.limit) bytes together")
        }
    }

    /// Addresses behind which no path of a scope could begin.
    var pathConflicts: [UnmatchedKey] {
        services.filter { !$0.paths.isEmpty && !$0.hasPlainBase }.map { service in
            UnmatchedKey(
                "services.\(service.name).url", beside: "services.\(service.name).paths",
                "must have a path without empty, `.` and `..` segments, and without anything that can be read "
                    + "in two ways, where `paths` are given")
        }
    }
}

import Gate
import Tokens

extension ConfigurationKey {
    /// The keys of what is guarded.
    static let services: [ConfigurationKey] = [
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
            "services.*.secret_file", .serviceSecret, default: "none: it cannot introspect",
            "The file that holds what the service proves itself with, under its name, at `/oauth/introspect` "
                + "and `/oauth/revoke`: at least \(ServiceSecret.leastLength) characters on one line, such as "
                + "`openssl rand -hex 32` makes."
        ) { $0.secret = $1 },
        .service(
            "services.*.passwords", .passwords, default: "refused",
            "Whether it takes its people's own passwords, too: `transition` lets them pass while people "
                + "change over to tokens ([how](transition.md))."
        ) { $0.takesPasswords = $1 },
        .service(
            "services.*.passwords_until", .day, default: "no end is set",
            "With `passwords: transition`: the day from whose 00:00 UTC on passwords are refused."
        ) { $0.passwordsUntil = $1 },
        .service(
            "services.*.anonymous", .anonymous, default: "refused",
            "What somebody without a token may do: with `read` everybody reads, and a token is asked for to "
                + "write ([how](protect/anonymous-reads.md)). A token that is sent is judged all the same."
        ) { $0.allowsAnonymousReads = $1 },
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

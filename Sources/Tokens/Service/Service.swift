/// What the gate guards: a Maven repository, a Git host, an API. The operator names it.
public struct Service: Hashable, Sendable {
    /// How reads and writes of a service are told apart, and what its clients read first.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// By the method alone.
        case http
        /// By the method and the paths of Git's smart HTTP protocol.
        case git
        /// By the method, like the kinds below. A narrowed token may also read what clients of the kind read
        /// first.
        case docker
        case cargo
        case npm
        case maven
        case pypi
    }

    /// The name in scopes and in `/verify/NAME`.
    public let name: ServiceName
    /// The name that people read.
    public let title: String
    /// The realm of challenges (RFC 7617): the title, unless the operator sets another.
    public let realm: String
    public let kind: Kind
    /// Where clients reach it, for commands to paste; `nil` where the operator did not say.
    public let url: ServiceURL?
    /// The groups whose members may hold tokens for it; empty for everybody.
    public let groups: [String]
    /// The groups that are sent to it, of those that the owner is in; `nil` for all.
    public let tellGroups: [String]?
    /// The patterns that the path of a narrowed scope has to match; empty where scopes cannot be narrowed.
    public let paths: [PathPattern]
    /// Whether it accepts passwords, too.
    public let passwords: PasswordPolicy
    /// Whether requests without a credential may read.
    public let allowsAnonymousReads: Bool
    /// Whether refusals also challenge with Bearer (RFC 9728), so that clients can sign a person in. It needs ``url``,
    /// and never holds for the kind `docker`: its clients prefer Bearer, and want a `realm` that issues their tokens.
    public let challengesBearer: Bool
    /// Whether only jobs may write, with tokens that they got for their identities.
    public let takesWritesFromJobsOnly: Bool
    /// The decoded path of ``url``, at which the paths of scopes begin; `nil` where it is ambiguous, so that
    /// no narrowed scope covers anything.
    let base: [UInt8]?
    /// The paths of ``Kind/firstReads``.
    let firstReads: [[UInt8]]

    /// Creates a service whose title defaults to the name, and whose realm to the title.
    public init(
        name: ServiceName, title: String? = nil, realm: String? = nil, kind: Kind = .http,
        url: ServiceURL? = nil, groups: [String] = [], tellGroups: [String]? = nil, paths: [PathPattern] = [],
        passwords: PasswordPolicy = .refused, allowsAnonymousReads: Bool = false,
        challengesBearer: Bool = true,
        takesWritesFromJobsOnly: Bool = false
    ) {
        self.name = name
        self.title = title ?? name.text
        self.realm = realm ?? self.title
        self.kind = kind
        self.url = url
        self.groups = groups
        self.tellGroups = tellGroups
        self.paths = paths
        self.passwords = passwords
        self.allowsAnonymousReads = allowsAnonymousReads
        self.challengesBearer = challengesBearer && url != nil && kind != .docker
        self.takesWritesFromJobsOnly = takesWritesFromJobsOnly
        base = url.map { ServicePath.decoded(Array($0.path.utf8).span) } ?? []
        firstReads = kind.firstReads.map { Array($0.utf8) }
    }

    /// Whether scopes can be narrowed at all: the path of ``url`` is not ambiguous.
    public var hasPlainBase: Bool { base != nil }

    /// Whether `subject` may hold tokens for it.
    public func admits(_ subject: Subject) -> Bool {
        guard groups.isEmpty || groups.sharesAny(of: subject.groups) else { return false }
        guard let services = subject.account?.services, !services.isEmpty else { return true }
        return services.contains(name)
    }

    /// Whether it takes `access` from a token of a job, or from anything else.
    public func takesWrites(from isOfJob: Bool, _ access: Access) -> Bool {
        !takesWritesFromJobsOnly || isOfJob || access == .read
    }

    /// Whether `request` is allowed without a credential: it reads, and the proxy reports a target. Without a
    /// target, the GET may be the proxy's own and say nothing about the client's request.
    func allowsAnonymously(_ request: borrowing ServiceRequest) -> Bool {
        allowsAnonymousReads && request.access == .read && request.everyTarget { !$0.isEmpty }
    }

    /// The groups of `subject` that are sent to the service, in their own order. ``admits(_:)`` looks at all
    /// groups.
    public func sentGroups(of subject: Subject) -> [String] {
        guard let tellGroups else { return subject.groups }
        return subject.groups.filter { group in
            tellGroups.contains { $0.utf8.elementsEqual(group.utf8) }
        }
    }
}

/// Whether a service accepts passwords besides tokens.
public enum PasswordPolicy: Hashable, Sendable {
    case refused
    /// While people change over to tokens: until this moment, or until the operator changes the policy.
    case transition(until: Timestamp?)

    /// Whether a password is accepted at `now`; not in the moment of the end.
    public func accepts(at now: Timestamp) -> Bool {
        switch self {
        case .refused: false
        case .transition(let until): until.map { now < $0 } ?? true
        }
    }

    /// What a grant by password says about the end of passwords: the date in UTC from which they are refused,
    /// or `undated`; `nil` where they are refused already.
    public var deprecation: String? {
        switch self {
        case .refused: nil
        case .transition(let until): until?.date ?? "undated"
        }
    }
}

extension Service.Kind {
    /// The paths below the service's `url` that its clients read before anything else. A token that is
    /// narrowed to other paths may read them, too, by GET and HEAD.
    ///
    /// **The table is closed**: each entry is one resource without anything of anybody's packages.
    var firstReads: [String] {
        switch self {
        // `docker login`, and before every pull and push (OCI distribution specification, section 3.1).
        case .docker: ["/v2/"]
        // The configuration of a sparse registry.
        case .cargo: ["/config.json"]
        // `npm whoami`, which tools ask to see whether they are signed in, and `npm ping`.
        case .npm: ["/-/whoami", "/-/ping"]
        case .http, .git, .maven, .pypi: []
        }
    }
}

extension Service {
    /// Whether clients of its kind read anything first, see ``Kind/firstReads``.
    public var hasFirstReads: Bool { !firstReads.isEmpty }

    /// Whether a target's path is unambiguously and exactly one that clients read first.
    func isFirstRead(_ target: Span<UInt8>) -> Bool {
        guard let base else { return false }
        for path in firstReads {
            var comparison = PathComparison(base: base, path: path)
            let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
            if target.extracting(0..<end).readPath({ comparison.take($0) }), comparison.isSame { return true }
        }
        return false
    }
}

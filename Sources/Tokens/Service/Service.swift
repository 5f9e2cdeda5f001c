/// What the gate guards: a Maven repository, a Git host, an API. The operator names it.
public struct Service: Hashable, Sendable {
    /// How a service tells a read from a write, and what its clients ask for first.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// By the method alone.
        case http
        /// By the method, and by what Git's smart HTTP protocol asks for.
        case git
        /// By the method. So are the following; each lets a narrowed token read what its clients ask for first.
        case docker
        case cargo
        case npm
        case maven
        case pypi
    }

    /// The name in scopes and in `/verify/NAME`.
    public let name: ServiceName
    /// What people read.
    public let title: String
    /// What a challenge asks clients a token for: the title, unless the operator says otherwise.
    public let realm: String
    /// How it tells a read from a write, and what its clients ask for first.
    public let kind: Kind
    /// Where clients reach it, for the lines that people paste; `nil` where the operator did not say.
    public let url: ServiceURL?
    /// The groups whose members may hold tokens for it; empty for everybody.
    public let groups: [String]
    /// The groups that it is told of, where the owner is in them; `nil` for all.
    public let tellGroups: [String]?
    /// What a scope may be narrowed to; empty where it may not be.
    public let paths: [PathPattern]
    /// Whether it takes its people's passwords, too.
    public let passwords: PasswordPolicy
    /// Whether who presents nothing may read.
    public let allowsAnonymousReads: Bool
    /// The decoded path of ``url``, at which the paths of scopes begin; `nil` where that cannot be told,
    /// so that no narrowed scope covers anything.
    let base: [UInt8]?
    /// The paths of ``Kind/firstReads``.
    let firstReads: [[UInt8]]

    /// A service of that name; the title is the name where none is given, and the realm the title.
    public init(
        name: ServiceName, title: String? = nil, realm: String? = nil, kind: Kind = .http,
        url: ServiceURL? = nil, groups: [String] = [], tellGroups: [String]? = nil, paths: [PathPattern] = [],
        passwords: PasswordPolicy = .refused, allowsAnonymousReads: Bool = false
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
        base = url.map { ServicePath.decoded(Array($0.path.utf8).span) } ?? []
        firstReads = kind.firstReads.map { Array($0.utf8) }
    }

    /// Whether a scope can be narrowed at all: the path of ``url`` is one that can be told.
    public var hasPlainBase: Bool { base != nil }

    /// Whether `subject` may hold tokens for it.
    public func admits(_ subject: Subject) -> Bool {
        groups.isEmpty || groups.sharesAny(of: subject.groups)
    }

    /// Whether `request` may pass that presents nothing: it reads, and a proxy told so. Where no target is told
    /// the question's own GET says nothing of the client's request.
    func allowsAnonymously(_ request: borrowing ServiceRequest) -> Bool {
        allowsAnonymousReads && request.access == .read && request.everyTarget { !$0.isEmpty }
    }

    /// The groups of `subject` that it is told of, in their own order. Whom it admits is decided by all.
    public func groupsTold(of subject: Subject) -> [String] {
        guard let tellGroups else { return subject.groups }
        return subject.groups.filter { group in
            tellGroups.contains { $0.utf8.elementsEqual(group.utf8) }
        }
    }
}

/// Whether a service takes its people's own passwords besides tokens.
public enum PasswordPolicy: Hashable, Sendable {
    /// Never.
    case refused
    /// For as long as people change over to tokens: until that moment, or until the operator says.
    case transition(until: Timestamp?)

    /// Whether a password may pass at `now`. In the moment of the end it is refused.
    public func accepts(at now: Timestamp) -> Bool {
        switch self {
        case .refused: false
        case .transition(let until): until.map { now < $0 } ?? true
        }
    }

    /// What a grant by password tells of its end: the date in UTC from which passwords are refused,
    /// or `undated`; `nil` where none passes at all.
    public var deprecation: String? {
        switch self {
        case .refused: nil
        case .transition(let until): until?.date ?? "undated"
        }
    }
}

extension Service.Kind {
    /// What clients of such a service read before all else, as whole paths below that of its `url`. A token that
    /// is narrowed to paths may read these, too, by GET and HEAD.
    ///
    /// **The table is closed**: each entry is one resource that holds nothing of anybody's packages.
    var firstReads: [String] {
        switch self {
        // `docker login`, and before every pull and push (OCI distribution specification, section 3.1).
        case .docker: ["/v2/"]
        // Where a sparse registry's crates are.
        case .cargo: ["/config.json"]
        // `npm whoami`, which tools ask to see whether they are signed in, and `npm ping`.
        case .npm: ["/-/whoami", "/-/ping"]
        case .http, .git, .maven, .pypi: []
        }
    }
}

extension Service {
    /// Whether its clients read anything before all else, see ``Kind/firstReads``.
    public var hasFirstReads: Bool { !firstReads.isEmpty }

    /// Whether a target's path is plainly, and wholly, one that such clients read first.
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

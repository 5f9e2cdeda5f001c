/// Who must approve a new token before it can be created: `tokens.approval`, and `tokens.approval` of each service.
///
/// A rule is a list of groups, and a member of one of them must approve. Every rule that applies must be met: one
/// person who is in a group of each can meet all of them, or else several people approve one after the other.
public struct ApprovalRules: Hashable, Sendable {
    /// The groups for every token; empty for no such rule.
    public let all: [String]
    /// The groups for the tokens that reach a service.
    public let services: [ServiceName: [String]]

    /// No token needs approval.
    public static let none = ApprovalRules()

    public init(all: [String] = [], services: [ServiceName: [String]] = [:]) {
        self.all = all
        self.services = services.filter { !$0.value.isEmpty }
    }

    /// Whether no token needs approval.
    public var isEmpty: Bool { all.isEmpty && services.isEmpty }

    /// Those who must approve a token of these scopes, a group of people for each rule; empty where it needs no
    /// approval.
    ///
    /// A token for every service reaches each one that has a rule, also those that its owner may not use yet: it would
    /// reach them without anybody's approval on the day on which the owner joins a group.
    public func approvers(of scopes: Scopes) -> [Approvers] {
        var found: [Approvers] = all.isEmpty ? [] : [Approvers(groups: all)]
        for (service, groups) in services.sorted(by: { $0.key < $1.key }) where scopes.reach(service) {
            found.append(Approvers(groups: groups, service: service))
        }
        return found
    }

    /// Whether a member of these groups approves any token.
    public func mention(_ groups: [String]) -> Bool {
        all.sharesAny(of: groups) || services.values.contains { $0.sharesAny(of: groups) }
    }

    /// All groups that approve.
    public var groups: [String] {
        (all + services.sorted { $0.key < $1.key }.flatMap(\.value)).uniqued()
    }
}

/// Those of whom one must approve: the members of some groups, and people by name.
public struct Approvers: Hashable, Sendable {
    public let groups: [String]
    public let people: [SubjectID]
    /// The service whose rule it is; `nil` for a rule that every token needs.
    public let service: ServiceName?

    public init(groups: [String], people: [SubjectID] = [], service: ServiceName? = nil) {
        self.groups = groups
        self.people = people
        self.service = service
    }

    /// Whether `person` is one of them.
    public func include(_ person: Subject) -> Bool {
        people.contains(person.id) || person.groups.sharesAny(of: groups)
    }

    /// Whether `decision` was made by one of them, as who they were at that time.
    func made(_ decision: TokenRequest.Decision) -> Bool {
        guard let by = decision.by else { return true }
        return people.contains(by) || decision.groups.sharesAny(of: groups)
    }

    /// `a member of ops or leads`.
    public var words: String {
        let names =
            groups.count > 1
            ? groups.dropLast().joined(separator: ", ") + " or " + groups[groups.count - 1]
            : groups.joined()
        return groups.isEmpty ? "one of \(people.count) people" : "a member of \(names)"
    }
}

extension [Approvers] {
    /// `a member of ops and a member of security`, each once.
    public var words: String { map(\.words).uniqued().joined(separator: " and ") }
}

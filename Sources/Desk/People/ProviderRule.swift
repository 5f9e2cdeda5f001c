/// What the identity provider decides of people.
public struct ProviderRule: Hashable, Sendable {
    /// Whether it signs people in.
    public var signsPeopleIn: Bool
    /// The groups of its that administer; none where the desk decides that.
    public var administratorGroups: [String]

    /// A rule; without anything, there is no provider.
    public init(signsPeopleIn: Bool = false, administratorGroups: [String] = []) {
        self.signsPeopleIn = signsPeopleIn
        self.administratorGroups = administratorGroups
    }
}

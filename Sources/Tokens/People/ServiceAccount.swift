/// What a service account has that a person has not: a subject for programs, which cannot sign in and belongs to
/// nobody in particular.
///
/// Its *stewards* manage its tokens: people who are named, and the members of its owner groups. So a build survives
/// the account of whoever set it up:
///
///     bot-ci   “Nightly builds”   owner groups: build-team   stewards: alice, bob
///
/// When no steward is left who is active, the account is *unattended*: its tokens work for a grace, and are paused
/// after it until somebody attends to the account again.
public struct ServiceAccount: Hashable, Sendable {
    /// What it is for, in the words of whoever created it.
    public var purpose: String
    /// The groups whose members are stewards.
    public var owners: [String]
    /// The stewards by name, beside the members of ``owners``.
    public var stewards: [SubjectID]
    /// The services that its tokens may be used at; empty for every one that admits its groups.
    public var services: [ServiceName]
    /// The addresses that its tokens may be used from, beside the tokens' own; empty for any.
    public var addresses: [AddressRange]
    /// When somebody has to look whether it is still needed.
    public var reviewOn: Timestamp?
    /// Since when it has no active steward; `nil` while it has one. The ledger decides it.
    public var unattendedSince: Timestamp?

    /// The fewest stewards of an account without owner groups, so that it survives any one of them.
    public static let fewestStewards = 2
    /// The most stewards that are named.
    public static let stewardLimit = 20
    /// The most characters of a ``purpose``.
    public static let purposeLimit = 500

    public init(
        purpose: String, owners: [String] = [], stewards: [SubjectID] = [], services: [ServiceName] = [],
        addresses: [AddressRange] = [], reviewOn: Timestamp? = nil, unattendedSince: Timestamp? = nil
    ) {
        self.purpose = purpose
        self.owners = owners
        self.stewards = stewards
        self.services = services
        self.addresses = addresses
        self.reviewOn = reviewOn
        self.unattendedSince = unattendedSince
    }

    /// Whether `person` may manage its tokens: an active person who is named, or is in one of the owner groups.
    public func isSteward(_ person: Subject) -> Bool {
        guard person.isPerson, !person.isSuspended else { return false }
        return stewards.contains(person.id) || owners.sharesAny(of: person.groups)
    }

    /// The moment from which its tokens are paused, since nobody attends to it; `nil` while somebody does.
    public func pausesAt(grace: TimeSpan) -> Timestamp? { unattendedSince.map { $0 + grace } }
}

extension Subject {
    /// Whether it is a service account, not removed, whose tokens `person` may manage.
    public func isStewarded(by person: Subject) -> Bool {
        endedAt == nil && account?.isSteward(person) ?? false
    }

    /// Whether its tokens are paused at `now`, since it is a service account without a steward; never for a person.
    public func isUnattended(grace: TimeSpan, at now: Timestamp) -> Bool {
        account?.pausesAt(grace: grace).map { $0 <= now } ?? false
    }

    /// Whether its tokens may be used from `address` at all; `nil` is an unknown one.
    func mayBeUsed(from address: IPAddress?) -> Bool { account?.addresses.permit(address) ?? true }
}

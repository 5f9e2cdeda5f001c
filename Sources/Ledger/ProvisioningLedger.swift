public import Tokens

/// People and groups that an identity provider provisions (SCIM, RFC 7643).
///
/// It contains everybody whose account has not ended, except break-glass accounts, whether they were provisioned or
/// came another way. `administrators` are the groups whose members are administrators; where it is empty, the desk
/// alone decides who is one.
public protocol ProvisioningLedger: Sendable {
    // MARK: People

    /// The people that match `key` (all for `nil`), by identifier.
    func people(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedPerson]
    func person(_ id: SubjectID) async throws(LedgerError) -> ProvisionedPerson?
    /// Whether a provider has provisioned anybody whose account has not ended.
    func hasProvisionedPeople() async throws(LedgerError) -> Bool
    /// The people who sign in through a provider but were not provisioned. Empty where nobody is provisioned.
    func unprovisionedPeople() async throws(LedgerError) -> Set<SubjectID>
    /// Adds a person. Throws ``LedgerError/loginTaken`` and ``LedgerError/externalIDTaken``.
    func add(_ subject: Subject, provisioned: Provision, event: Event) async throws(LedgerError)
    /// Replaces what the provider says of a person at `revision`, and returns the person as they now are.
    /// Deactivation ends every session. An administrator's suspension stays.
    ///
    /// Throws ``LedgerError/noSuchSubject``, ``LedgerError/changedMeanwhile``, ``LedgerError/loginTaken``, and
    /// ``LedgerError/externalIDTaken`` where another person has the new `externalId`; two who share one since before
    /// this rule may keep it.
    @discardableResult
    func update(
        _ id: SubjectID, at revision: Int64, to provision: Provision, events: [Event]
    ) async throws(LedgerError) -> ProvisionedPerson
    /// Ends a person's account for good: revokes its tokens, removes its sessions, identities, password and
    /// memberships, withdraws its requests, and frees its login. The subject stays, because tokens and events refer to
    /// it. What tells who a person was is erased after ``EventRetention/eraseAfter``, by
    /// ``EventLedger/forget(_:at:)``.
    ///
    /// Throws ``LedgerError/noSuchSubject``, and ``LedgerError/changedMeanwhile`` where `revision` is given and is
    /// not the person's.
    func end(_ id: SubjectID, at revision: Int64?, event: Event) async throws(LedgerError)
    /// Adds an identity to an active person who has none at that issuer, and who is provisioned or had their
    /// identities released lately.
    ///
    /// Throws ``LedgerError/identityTaken`` where the person has one there or the identity is another's, and
    /// ``LedgerError/noSuchSubject`` where there is no such person.
    func join(_ identity: Identity, to id: SubjectID, event: Event) async throws(LedgerError)
    /// Replaces a person's identity at the same issuer, as the provider asks by giving this active person, and
    /// nobody else, the identity's name as `externalId`. The person has not signed in since. All sessions end.
    ///
    /// Throws ``LedgerError/identityTaken`` where any of this does not hold.
    func rejoin(_ identity: Identity, to id: SubjectID, events: [Event]) async throws(LedgerError)
    /// Removes all identities of a person and ends all sessions. For ``LedgerLimits/releaseLasting``
    /// ``join(_:to:event:)`` accepts another identity. Tokens stay as they are.
    ///
    /// Throws ``LedgerError/noSuchIdentity`` where there is none.
    func releaseIdentities(of id: SubjectID, event: Event) async throws(LedgerError)

    // MARK: Groups

    /// The groups of a subject by their source.
    func groups(of id: SubjectID) async throws(LedgerError) -> GroupsByWay
    /// The groups that match `key` (all for `nil`), by identifier.
    func groups(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedGroup]
    func group(_ id: GroupID) async throws(LedgerError) -> ProvisionedGroup?
    /// Adds a group and updates the groups of its members.
    ///
    /// Throws ``LedgerError/noSuchSubject`` where a member does not exist, ``LedgerError/externalIDTaken`` where
    /// another group has its `externalId`, and ``LedgerError/groupNameTaken`` where neither has one and the
    /// names are equal, byte for byte: members removed from one of two such groups would keep what the other grants.
    func add(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError)
    /// Replaces the name, `externalId` and members of a group at `group.revision`, and returns it as it now is.
    ///
    /// Throws ``LedgerError/noSuchGroup``, ``LedgerError/changedMeanwhile``, ``LedgerError/noSuchSubject``, and
    /// where the name or `externalId` changes, what adding a group throws.
    @discardableResult
    func update(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError) -> ProvisionedGroup
    /// Removes a group. Throws ``LedgerError/noSuchGroup``, and ``LedgerError/changedMeanwhile`` where
    /// `revision` is given and is not the group's.
    func remove(
        _ id: GroupID, at revision: Int64?, administrators: [String], event: Event
    ) async throws(LedgerError)
}

/// A key by which people and groups are found through an index of the database.
public enum ProvisioningKey: Hashable, Sendable {
    /// The login of a person or the name of a group (folded).
    case name(String)
    /// The provider's own identifier (`externalId`), compared byte by byte.
    case externalID(String)
}

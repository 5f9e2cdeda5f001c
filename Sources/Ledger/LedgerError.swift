/// Why the ledger did not do as it was asked. Nothing was changed then, but for ``uncertain(reason:)``.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    case loginTaken
    case identityTaken
    case noSuchIdentity
    /// Another resource of the same kind has the identifier that the provider gives it.
    case externalIDTaken
    /// Another group has the name, and the provider gives neither an identifier.
    case groupNameTaken
    case noSuchSubject
    /// Nobody would be left who administers and could sign in.
    case lastAdministrator
    /// One person would be in more groups than are kept.
    case tooManyGroups
    case noSuchGroup
    /// What was to be replaced is not what it was when it was read.
    case changedMeanwhile
    case nameTaken
    case tooManyTokens
    case noSuchToken
    case notActive
    case invitationUsed
    case backupFailed(reason: String)
    /// The file is of a later version of Jeton.
    case tooNew(version: Int, known: Int)
    /// What was to be read is not wanted any more.
    case cancelled
    /// The engine failed: a full disk, a damaged file, a lock that was held too long.
    case failed(reason: String)
    /// Nobody knows whether the change was made: the engine went away just when it was to last.
    case uncertain(reason: String)

    public var description: String {
        switch self {
        case .loginTaken: "this login is already taken"
        case .identityTaken: "this identity already belongs to someone else"
        case .noSuchIdentity: "this person has no sign-in of an identity provider"
        case .externalIDTaken: "this externalId belongs to another already"
        case .groupNameTaken: "another group has this name, and neither has an externalId"
        case .noSuchSubject: "there is no such person"
        case .lastAdministrator:
            "no other administrator could sign in: make someone else an administrator first"
        case .tooManyGroups: "a person may be in at most \(GroupName.limit) groups"
        case .noSuchGroup: "there is no such group"
        case .changedMeanwhile: "this was changed by someone else in the meantime: read it again"
        case .nameTaken: "an active token already has this name: choose another, or revoke that one first"
        case .tooManyTokens:
            "there are \(LedgerLimits.activeTokensPerSubject) active tokens already: revoke some that are not needed"
        case .noSuchToken: "there is no such token"
        case .notActive: "this token is no longer active: create a new one"
        case .invitationUsed: "this link was already used, or replaced by a newer one"
        case .backupFailed(let reason): "the backup was not written: \(reason)"
        case .tooNew(let version, let known):
            "the ledger is of a later version of Jeton (schema \(version), this one knows \(known)): upgrade Jeton"
        case .cancelled: "reading the ledger was broken off: start again"
        case .failed(let reason): "the ledger failed: \(reason)"
        case .uncertain(let reason):
            "the change may have been made or not: \(reason): look whether it was before you make it again"
        }
    }
}

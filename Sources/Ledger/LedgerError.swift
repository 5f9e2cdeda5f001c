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
        case .loginTaken: "this login belongs to somebody else"
        case .identityTaken: "this identity belongs to somebody else"
        case .noSuchIdentity: "this person has no sign-in of an identity provider"
        case .externalIDTaken: "this externalId belongs to another already"
        case .groupNameTaken: "another group has this name, and neither has an externalId"
        case .noSuchSubject: "there is no such person"
        case .lastAdministrator:
            "nobody else administers this desk who could sign in: make somebody else an administrator first"
        case .tooManyGroups: "a person may be in at most \(GroupName.limit) groups"
        case .noSuchGroup: "there is no such group"
        case .changedMeanwhile: "this was changed by somebody else meanwhile: read it again"
        case .nameTaken: "a live token has this name already: choose another, or revoke that one first"
        case .tooManyTokens:
            "there are \(LedgerLimits.activeTokensPerSubject) live tokens already: revoke some that are not needed"
        case .noSuchToken: "there is no such token"
        case .notActive: "this token is not live any more: make a new one"
        case .invitationUsed: "this link was used before, or a newer one took its place"
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

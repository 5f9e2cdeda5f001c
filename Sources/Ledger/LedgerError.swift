public import Tokens

/// Why the ledger refused or failed. Nothing was changed, except perhaps with ``uncertain(reason:)``.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    case loginTaken
    /// The login is kept for service accounts.
    case loginReserved
    case identityTaken
    case noSuchIdentity
    /// Another person or group has this `externalId`.
    case externalIDTaken
    /// Another group has this name, and neither has an `externalId`.
    case groupNameTaken
    case noSuchSubject
    /// There would be no administrator left who can sign in.
    case lastAdministrator
    /// A person would be in more groups than ``GroupName/limit``.
    case tooManyGroups
    case noSuchGroup
    /// The record was changed after it was read.
    case changedMeanwhile
    case nameTaken
    case tooManyTokens
    /// The owner has as many active tokens as the operator's rules allow.
    case limitReached(TokenCountLimit)
    case noSuchToken
    case notActive
    /// The previous secret of the token still works.
    case beingRotated
    case invitationUsed
    case noSuchRule
    /// The owner has another trust rule of this name.
    case ruleNameTaken
    case tooManyRules
    /// The identity was traded before.
    case identityUsed
    /// The owner is suspended, removed, or a service account without a steward.
    case ownerInactive
    case noSuchRequest
    /// The owner waits for the answer to this request about the same thing, or may still use its approval.
    case alreadyAsked(RequestID)
    case tooManyRequests
    case noSuchIncident
    /// An incident still pauses that many tokens.
    case incidentHasPauses(Int)
    case backupFailed(reason: String)
    /// The schema is of a later version of Jeton.
    case tooNew(version: Int, known: Int)
    /// The task that was loading was cancelled.
    case cancelled
    /// The engine failed: a full disk, a damaged file, a lock held too long.
    case failed(reason: String)
    /// The connection was lost during a commit, so the change may or may not have been made.
    case uncertain(reason: String)

    public var description: String {
        switch self {
        case .loginTaken: "this login is already taken"
        case .loginReserved: "logins like this one are kept for service accounts"
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
        case .limitReached(let limit): "\(limit.sentence): revoke one first"
        case .noSuchToken: "there is no such token"
        case .notActive: "this token is no longer active: create a new one"
        case .beingRotated:
            "this token is being rotated: end its previous secret first, or wait until it ends"
        case .invitationUsed: "this link was already used, or replaced by a newer one"
        case .noSuchRule: "there is no such trust rule, or it has ended"
        case .ruleNameTaken: "a trust rule already has this name: choose another, or remove that one first"
        case .tooManyRules:
            "there are \(LedgerLimits.trustRulesPerSubject) trust rules already: remove some that are not needed"
        case .identityUsed: "this identity was traded before: ask for a new one"
        case .ownerInactive: "the account is suspended or removed, or has no steward"
        case .noSuchRequest: "there is no such request"
        case .alreadyAsked:
            "this has been asked for already: wait for the answer, or withdraw that request first"
        case .tooManyRequests:
            "\(LedgerLimits.openRequestsPerSubject) requests wait for an answer already: withdraw some, or wait"
        case .noSuchIncident: "there is no such incident"
        case .incidentHasPauses(let count):
            "this incident still pauses \(count) \(count == 1 ? "token" : "tokens"): release or revoke them first"
        case .backupFailed(let reason): "the backup was not written: \(reason)"
        case .tooNew(let version, let known):
            "the ledger is of a later version of Jeton (schema \(version), this one knows \(known)): upgrade Jeton"
        case .cancelled: "loading the ledger was cancelled: start again"
        case .failed(let reason): "the ledger failed: \(reason)"
        case .uncertain(let reason):
            "the change may or may not have been made (\(reason)): check before you repeat it"
        }
    }
}

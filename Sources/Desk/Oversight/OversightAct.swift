internal import Tokens

/// Something that is done at the desk, as far as it matters who may do it with a token that oversees.
///
/// A token with `jeton:admin` acts for its owner, and may leak. Whoever finds it must not be able to make another
/// credential with it, to take over an account, or to keep it alive. What would be a way to that is for people, see
/// ``isForPeople``: an administrator at a browser does it, or the operator. A token with `jeton:audit` does none of it.
///
/// Each function of the desk that changes something calls ``Requester/refuse(_:)`` with its act first.
enum OversightAct: Hashable, Sendable, CaseIterable {
    // What a token with `jeton:admin` may do.
    case pauseToken, resumeToken, revokeToken, endSecret
    /// Changing a token's name, or narrowing it.
    case editToken
    /// Changing what somebody is called on pages.
    case rename
    case suspend, resume, changeGroups, endSessions
    case changeAccounts
    /// Removing a trust rule, and revoking the tokens that it gave.
    case removeTrustRule
    case decideRequest
    /// Sending the owners of tokens a notice.
    case notifyOwner

    // What is for people.
    /// Creating a token, or asking for one.
    case createToken
    /// Adding a trust rule, by which somebody could get tokens.
    case addTrustRule
    /// Rotating a token, of which one learns the secret.
    case rotateToken
    /// Giving a token more addresses.
    case widenToken
    /// Giving a token to a service account, or approving that.
    case handOver
    /// Approving a token with a scope at the desk itself.
    case grantAtDesk
    /// Resuming a token with a scope at the desk itself, as somebody does who was shut out.
    case resumeTokenAtDesk
    /// Making somebody an administrator, or ending that.
    case appoint
    /// Ending the suspension of an administrator.
    case resumeAdministrator
    /// Changing who is in a group whose members are administrators.
    case changeAdministratorGroups
    /// Changing what the token's own owner is, and may do.
    case changeOwner
    /// Deciding what the token's own owner asked for.
    case decideOwnRequest
    /// Changing a login or an e-mail address, by which services know people: somebody else could get it.
    case identify
    /// Removing a person, which nobody can undo.
    case removePerson
    /// Adding a person, inviting one, setting a password, releasing an identity: whoever does it can sign in as somebody.
    case letIn

    /// Whether no token may do it, not even with `jeton:admin`.
    var isForPeople: Bool {
        switch self {
        case .pauseToken, .resumeToken, .revokeToken, .endSecret, .editToken, .suspend, .resume, .rename,
            .changeGroups,
            .endSessions, .changeAccounts, .removeTrustRule, .decideRequest, .notifyOwner:
            false
        case .createToken, .addTrustRule, .rotateToken, .widenToken, .handOver, .grantAtDesk,
            .resumeTokenAtDesk, .appoint,
            .resumeAdministrator, .changeAdministratorGroups, .changeOwner, .decideOwnRequest, .identify,
            .removePerson, .letIn:
            true
        }
    }

    /// As in "cannot …".
    private var words: String {
        switch self {
        case .pauseToken: "pause tokens"
        case .resumeToken: "resume tokens"
        case .revokeToken: "revoke tokens"
        case .endSecret: "end secrets"
        case .suspend: "suspend anybody"
        case .resume: "resume anybody"
        case .rename: "rename anybody"
        case .changeGroups: "change groups"
        case .endSessions: "end sessions"
        case .changeAccounts: "change service accounts"
        case .decideRequest: "decide requests"
        case .notifyOwner: "send notices"
        case .addTrustRule: "add trust rules"
        case .removeTrustRule: "remove trust rules"
        case .createToken: "create tokens, or ask for them"
        case .rotateToken: "rotate tokens"
        case .editToken: "change tokens"
        case .widenToken: "give a token more addresses"
        case .handOver: "hand over tokens"
        case .grantAtDesk: "approve a token with a scope at the desk itself"
        case .resumeTokenAtDesk: "resume a token with a scope at the desk itself"
        case .appoint: "decide who is an administrator"
        case .resumeAdministrator: "resume an administrator"
        case .changeAdministratorGroups: "change a group whose members are administrators"
        case .changeOwner: "change its own owner"
        case .decideOwnRequest: "decide what its owner or a steward of its owner asked for"
        case .identify: "change a login or an e-mail address"
        case .removePerson: "remove anybody"
        case .letIn: "let anybody in"
        }
    }

    /// Why a token that oversees cannot do it, and what to do.
    fileprivate func refusal(for right: OversightRight) -> String {
        guard isForPeople else {
            return "A token with \(right.scope.text) cannot \(words): use one with "
                + "\(OversightRight.administration.scope.text)."
        }
        return
            "A token with \(right.scope.text) cannot \(words): an administrator does that, signed in at the desk."
    }
}

extension Requester {
    /// Throws ``DeskFault/forbidden(_:)`` where a token with `jeton:admin` or `jeton:audit` asks for what such a token
    /// never does. Says nothing of others, whom other rules judge.
    func refuse(_ act: OversightAct) throws(DeskFault) {
        guard let right = token?.scopes.oversight else { return }
        guard right < .administration || act.isForPeople else { return }
        throw .forbidden(act.refusal(for: right))
    }
}

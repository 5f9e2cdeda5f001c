import Ledger
import Tokens

// What was done to a token. `owner` is named where the token is not the reader's own.
extension Done {
    /// `ended` is what ended with it.
    static func revoked(_ token: Token, of owner: Subject?, _ ended: EndedTogether?) -> Done {
        let what = ended.map { ": \($0.words)" } ?? ""
        return Done("\(named(token, owner)) revoked\(what). No request with it is granted any more.")
    }

    static func secretEnded(_ token: Token, of owner: Subject?) -> Done {
        Done(
            "The previous secret of \(named(token, owner, within: true)) has ended. Only the current one works."
        )
    }

    static func paused(_ token: Token, of owner: Subject?) -> Done {
        Done("\(named(token, owner)) paused. It is refused everywhere.")
    }

    /// `isPaused` where it stays paused for another reason.
    static func resumed(_ token: Token, of owner: Subject?, isPaused: Bool) -> Done {
        isPaused
            ? Done(
                "Your pause of \(named(token, owner, within: true)) is lifted. It stays paused for another reason."
            )
            : Done("\(named(token, owner)) resumed. It is no longer paused.")
    }

    static func edited(_ token: Token) -> Done {
        Done("\(named(token, nil)) saved. The change applies everywhere from now on.")
    }

    static func handedOver(_ token: TokenName) -> Done {
        Done(
            "Token “\(token)” handed over. It belongs to the service account now, and its stewards manage it."
        )
    }

    // MARK: Requests

    static func asked(_ name: TokenName) -> Done {
        Done("Asked for “\(name)”. Those who can approve it see your request; its state is shown here.")
    }

    static func decided(_ name: TokenName, isApproval: Bool) -> Done {
        isApproval
            ? Done("Your approval of “\(name)” is kept.")
            : Done("“\(name)” denied. The token cannot be created.")
    }

    static func withdrawn(_ name: TokenName) -> Done {
        Done("Request for “\(name)” withdrawn. Nobody can approve it any more.")
    }

    /// “Token “ci” of alice”.
    private static func named(_ token: Token, _ owner: Subject?, within isWithin: Bool = false) -> String {
        (isWithin ? "token" : "Token") + " “\(token.name)”" + (owner.map { " of \($0.login)" } ?? "")
    }
}

/// The notice of what has just been done.
///
/// A form redirects to a page with one of these words in its query (`?done=revoked`), so that a link from elsewhere
/// cannot make the desk show a text of its own.
enum Done: String {
    case revoked
    case secretEnded = "secret-ended"
    case paused
    case tokenResumed = "token-resumed"
    case pauseLifted = "pause-lifted"
    case edited
    case asked
    case approved
    case denied
    case withdrawn
    case handedOver = "handed-over"
    case password
    case suspended
    case resumed
    case accountAdded = "account-added"
    case accountEdited = "account-edited"
    case accountSuspended = "account-suspended"
    case accountResumed = "account-resumed"
    case accountRemoved = "account-removed"
    case released
    case renamed
    case personRemoved = "person-removed"
    case sessionEnded = "session-ended"
    case sessionsEnded = "sessions-ended"
    case promoted
    case demoted
    case steppedDown = "stepped-down"
    case grouped
    case signedInAgain = "signed-in-again"
    case signedOut = "signed-out"
    case signedOutEverywhere = "signed-out-everywhere"

    var sentence: String {
        switch self {
        case .revoked: "Token revoked. It no longer works anywhere."
        case .secretEnded: "The previous secret has ended. Only the current one works."
        case .paused: "Paused. The token is refused everywhere."
        case .tokenResumed: "Resumed. The token is no longer paused."
        case .pauseLifted: "Your pause is lifted. The token stays paused for another reason."
        case .handedOver:
            "Handed over. The token belongs to the service account now, and its stewards manage it."
        case .edited: "Saved. It applies everywhere from now on."
        case .asked: "Asked. Those who can approve it see your request; its state is shown here."
        case .approved: "Your approval is kept."
        case .denied: "Denied. The token cannot be created."
        case .withdrawn: "Withdrawn. Nobody can approve it any more."
        case .password: "Password changed. All other browsers are signed out."
        case .suspended: "Suspended. None of their tokens work any more."
        case .resumed: "Resumed. They can sign in, and their tokens work again."
        case .accountAdded: "Service account created. Its stewards can now create tokens for it."
        case .accountEdited: "Saved. It applies at every service from now on."
        case .accountSuspended: "Suspended. None of its tokens work any more."
        case .accountResumed: "Resumed. Its tokens work again."
        case .accountRemoved: "Removed. Its tokens are revoked everywhere."
        case .released: "Identity released. Their next sign-in with the same login is linked to this account."
        case .renamed: "Saved. It applies everywhere from now on."
        case .personRemoved: "Removed. They cannot sign in, their tokens are revoked, and their login is free."
        case .sessionEnded: "Signed out. That browser has to sign in again."
        case .sessionsEnded: "Signed out. All their browsers have to sign in again."
        case .promoted: "Saved. They are now an administrator."
        case .demoted: "Saved. They are no longer an administrator."
        case .steppedDown: "You are no longer an administrator."
        case .grouped: "Groups saved. They apply at every service from now on."
        case .signedInAgain: "You have signed in again. Your tokens work."
        case .signedOut: "You are signed out."
        case .signedOutEverywhere: "You are signed out everywhere, including here."
        }
    }
}

extension DeskPath {
    /// The path of this page with the notice.
    func saying(_ done: Done) -> DeskPath { with([("done", done.rawValue)]) }
}

/// The notice of what has been done, which screen readers announce.
@HTMLBuilder
func doneNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice good"), .role("status")) { p { sentence } }
    }
}

/// The notice of why something was not done, which screen readers announce.
@HTMLBuilder
func faultNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice bad"), .role("alert"), .focusable, .data("focus")) { p { sentence } }
    }
}

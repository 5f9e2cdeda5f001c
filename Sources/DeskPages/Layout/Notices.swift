/// What a page says has just been done. It travels in the query of the page that a form leads to, as
/// one of these words, so that a link from elsewhere cannot make the desk say anything of its own.
enum Done: String {
    case revoked
    case password
    case suspended
    case resumed
    case released
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
        case .password: "Password changed. All other browsers are signed out."
        case .suspended: "Suspended. None of their tokens work any more."
        case .resumed: "Resumed. They can sign in, and their tokens work again."
        case .released: "Identity released. Their next sign-in with the same login is linked to this account."
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
    /// This page, saying what has been done.
    func saying(_ done: Done) -> DeskPath { with([("done", done.rawValue)]) }
}

/// What has just been done, read out at once.
@HTMLBuilder
func doneNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice good"), .role("status")) { p { sentence } }
    }
}

/// Why something was not done, read out at once.
@HTMLBuilder
func faultNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice bad"), .role("alert"), .focusable, .data("focus")) { p { sentence } }
    }
}

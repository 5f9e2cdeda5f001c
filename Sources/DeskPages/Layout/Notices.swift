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
        case .revoked: "Revoked. The token is refused everywhere from now on."
        case .password: "Your password is changed, and every other browser is signed out."
        case .suspended: "Suspended. All their tokens are refused from now on."
        case .resumed: "Resumed. They can sign in, and their tokens pass again."
        case .released: "Released. Their next sign-in with the same login is joined to this account."
        case .promoted: "Promoted. They administer this desk from now on."
        case .demoted: "Demoted. They do not administer this desk any more."
        case .steppedDown: "You do not administer this desk any more."
        case .grouped: "Saved. The groups hold from now on, at every service."
        case .signedInAgain: "You have signed in again. Your tokens are awake."
        case .signedOut: "You are signed out."
        case .signedOutEverywhere: "You are signed out everywhere, here too."
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

/// What has just been done, and to whom. The page after it says so, once: see ``FlashCookie``.
struct Done: Sendable, Hashable {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }

    static let passwordChanged = Done("Password changed. All other browsers are signed out.")
    static let steppedDown = Done("You are no longer an administrator.")
    static let signedInAgain = Done("You have signed in again. Your tokens work.")
    static let signedOut = Done("You are signed out.")
    static let signedOutEverywhere = Done("You are signed out everywhere, including here.")
}

/// The sentence that says what has been done, which screen readers announce.
@HTMLBuilder
func doneNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice good"), .role("status")) { p { sentence } }
    }
}

/// The sentence that says why something was not done, which screen readers announce.
@HTMLBuilder
func faultNotice(_ sentence: String?) -> HTML {
    if let sentence {
        div(.class("notice bad"), .role("alert"), .focusable, .data("focus")) { p { sentence } }
    }
}

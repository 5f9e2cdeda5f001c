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

/// A page's main heading with the sentence that says what it is for.
func pageHead(_ heading: String, _ lead: String) -> HTML {
    div(.class("page-head")) {
        h1 { heading }
        p(.class("lead")) { lead }
    }
}

import HTTPServer
import SignIn

/// An error: what happened, and what to do now.
struct ErrorPage: Page {
    let title: String
    let sentence: String
    var advice: String?
    var onward: (text: String, path: DeskPath) = ("Go to My tokens", .tokens)

    var content: HTML {
        section(.class("card narrow calm"), .labelledBy("title")) {
            h1(.id("title")) { title }
            p(.class("lead")) { sentence }
            if let advice { p { advice } }
            p(.class("actions")) { a(.class("button primary"), .href(onward.path)) { onward.text } }
        }
    }

    static let notFound = ErrorPage(
        title: "Page not found",
        sentence: "The address may be mistyped, or what it points to was removed or belongs to someone else.")

    static let forbidden = ErrorPage(
        title: "For administrators only",
        sentence: "Your account cannot open this page. If you need something from it, ask an administrator.")

    static func methodNotAllowed(_ methods: [String]) -> ErrorPage {
        ErrorPage(
            title: "This does not work here",
            sentence: "This address accepts only \(methods.joined(separator: ", ")).",
            advice: "If you came from another page of the desk, go back to it and reload it.")
    }

    static func tooMuch(_ refusal: Router.Refusal) -> ErrorPage {
        ErrorPage(
            title: "This is more than the page accepts",
            sentence: "\(refusal.sentence.prefix(1).uppercased())\(refusal.sentence.dropFirst()).",
            advice: "If you came from another page of the desk, go back to it and reload it.")
    }

    static let selectionGone = ErrorPage(
        title: "This selection is gone",
        sentence: "A selection is kept for a day, and only for whoever made it. Nothing was changed.",
        advice: "Select the tokens again.", onward: ("Go to All tokens", .allTokens))

    static func incidentHasPauses(_ count: Int) -> ErrorPage {
        ErrorPage(
            title: "This incident still pauses \(count.tokenWords)", sentence: "It was not closed.",
            advice: "Release or revoke its tokens first.", onward: ("Go to Incidents", .incidents))
    }

    static let formExpired = ErrorPage(
        title: "This form has expired",
        sentence:
            "You signed in or out after opening it, or it was sent from another site. Nothing was changed.",
        advice: "Open the page again and fill in the form once more.")

    /// For a form, or an answer of the identity provider, that came without a cookie of the desk at `address`.
    static func noCookie(for what: String, at address: String) -> ErrorPage {
        let byHTTP = address.hasPrefix("https:") ? " or over http" : ""
        return ErrorPage(
            title: "Your browser sent no cookie",
            sentence:
                "Without one, the desk cannot tell that \(what) comes from you. Nothing was changed.",
            advice:
                "This desk is at \(address). Opened at any other address\(byHTTP), it receives no cookies. "
                + "If you are already at this address, allow cookies for it.",
            onward: ("Open the desk there", .front(of: address)))
    }

    static let badLink = ErrorPage(
        title: "This link no longer works",
        sentence: "It was already used, has expired, or was replaced by a newer one.",
        advice:
            "If you have already set a password, sign in with it. Otherwise, ask an administrator for a new link.",
        onward: ("Sign in", .signIn))

    /// For a failed sign-in through the identity provider.
    static func notSignedIn(_ fault: OIDCFault) -> ErrorPage {
        ErrorPage(
            title: "Sign-in failed", sentence: fault.description, advice: fault.advice,
            onward: ("Back to sign-in", .signIn))
    }

    static let notActive = ErrorPage(
        title: "This token is no longer active",
        sentence: "It was revoked or has expired. Nothing was changed.",
        advice: "My tokens shows the tokens that you have now.")

    static let beingRotated = ErrorPage(
        title: "This token is being rotated",
        sentence: "Its previous secret still works. Nothing was changed.",
        advice: "To rotate it again, first end the previous secret on My tokens, or wait until it ends.")

    static let badRequest = ErrorPage(
        title: "This form could not be read",
        sentence: "Part of it is missing or was altered on the way. Nothing was changed.",
        advice: "Open the page again and fill in the form once more.")

    static let failed = ErrorPage(
        title: "Something went wrong",
        sentence: "The desk could not complete this. The reason is in the server’s log.",
        advice: "Before you try again, check My tokens to see whether the change was made.")

    static let ledgerFailed = ErrorPage(
        title: "The desk cannot do this right now",
        sentence:
            "Its database is not available; the reason is in the server’s log. Tokens keep working.",
        advice:
            "Try again in a moment. If you were changing something, first check whether the change was made.")

    static let busy = ErrorPage(
        title: "The desk is busy",
        sentence: "It could not do this right now. Nothing was changed.",
        advice: "Try again in a few seconds.")
}

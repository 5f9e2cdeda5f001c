import HTTPServer
import SignIn

/// Something did not go as asked: what it was, and what to do now.
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
        title: "There is nothing here",
        sentence: "The address may be mistyped, or what it named is not yours or is gone.")

    static let forbidden = ErrorPage(
        title: "This is for administrators",
        sentence: "Your account may not see this page. If you need something from it, ask an administrator.")

    static func methodNotAllowed(_ methods: [String]) -> ErrorPage {
        ErrorPage(
            title: "That does not work here",
            sentence: "This address answers only to \(methods.joined(separator: ", ")).",
            advice: "If a page of the desk led you here, go back to it and reload it.")
    }

    static func tooMuch(_ refusal: Router.Refusal) -> ErrorPage {
        ErrorPage(
            title: "That is more than this page takes",
            sentence: "\(refusal.sentence.prefix(1).uppercased())\(refusal.sentence.dropFirst()).",
            advice: "If a page of the desk led you here, go back to it and reload it.")
    }

    static let formExpired = ErrorPage(
        title: "This form has gone stale",
        sentence:
            "You signed in or out since it was opened, or it came from another site. Nothing was changed.",
        advice: "Open the page again and send the form once more.")

    /// For who sends a form, or comes back from the identity provider, without any cookie of the desk's, which is
    /// at `address`.
    static func noCookie(with what: String, at address: String) -> ErrorPage {
        let byHTTP = address.hasPrefix("https:") ? " or by http" : ""
        return ErrorPage(
            title: "No cookie came back",
            sentence:
                "Your browser sent no cookie with \(what), so the desk cannot tell that it is yours. "
                + "Nothing was changed.",
            advice:
                "This desk is at \(address). Opened at another address\(byHTTP), it gets no cookie back. "
                + "If you are at this address already, allow cookies for it.",
            onward: ("Open the desk there", .front(of: address)))
    }

    static let badLink = ErrorPage(
        title: "This link is no longer good",
        sentence: "It was used before, its time is over, or a newer one has taken its place.",
        advice: "If you have set a password, sign in with it. Otherwise ask an administrator for a new link.",
        onward: ("Sign in", .signIn))

    /// For who comes back from the identity provider, or could not leave for it.
    static func notSignedIn(_ fault: OIDCFault) -> ErrorPage {
        ErrorPage(
            title: "You were not signed in", sentence: fault.description, advice: fault.advice,
            onward: ("Back to the sign-in page", .signIn))
    }

    static let notActive = ErrorPage(
        title: "This token is not live any more",
        sentence: "It was revoked, has expired, or has a new secret already. Nothing was changed.",
        advice: "My tokens shows what there is now.")

    static let badRequest = ErrorPage(
        title: "This form was not understood",
        sentence: "Something in it is missing or not as the page sent it. Nothing was changed.",
        advice: "Open the page again and send the form once more.")

    static let failed = ErrorPage(
        title: "That went wrong on our side",
        sentence: "The desk could not finish this. Its log tells the people who run it why.",
        advice: "Look at My tokens to see whether the change was made before you try again.")

    static let ledgerFailed = ErrorPage(
        title: "The desk cannot do this just now",
        sentence:
            "It cannot read or write what it keeps. Its log tells the people who run it why. "
            + "Tokens keep working meanwhile.",
        advice:
            "Try again in a moment. If you were changing something, look first whether the change was made.")

    static let busy = ErrorPage(
        title: "The desk is busy",
        sentence: "It could not do this just now. Nothing was changed.",
        advice: "Wait a few seconds, then try again.")
}

import Ledger
import SignIn
import Tokens

@testable import DeskPages

/// What there is only where an identity provider signs people in.
extension PagesGallery {
    static let policy = SignInPolicy(every: .days(30), since: now - .days(100))

    /// Somebody whom the provider signed in so long ago.
    static func signedIn(_ person: Subject, _ ago: TimeSpan) -> Subject {
        var person = person
        person.lastSignInAt = now - ago
        return person
    }

    static func sleep(after ago: TimeSpan) -> DormancyNotice? {
        DormancyNotice(policy, to: signedIn(alice, ago), at: now)
    }

    static let provided = [
        Picture(
            "sign-in-provider", nil,
            SignInPage(returnTo: ReturnPath("/tokens"), provider: "Example ID", proof: proof)),
        Picture("signed-out-there", nil, SignedOutPage(provider: "Example ID")),
        Picture("not-signed-in", nil, ErrorPage.notSignedIn(.notAllowed)),
        Picture(
            "not-signed-in-not-provisioned", nil, ErrorPage.notSignedIn(.notProvisioned(alice.login))),
        Picture("not-signed-in-slow", nil, ErrorPage.notSignedIn(.providerSlow)),
        Picture("not-signed-in-forged", nil, ErrorPage.notSignedIn(.idToken(.expired))),
        Picture(
            "my-tokens-asleep", reader,
            TokensPage(
                active: Array(rows.prefix(2)), past: [], form: form(), sleep: sleep(after: .days(33)),
                wording: wording)),
        Picture(
            "my-tokens-asleep-soon", reader,
            TokensPage(
                active: Array(rows.prefix(2)), past: [], form: form(), sleep: sleep(after: .days(25)),
                wording: wording)),
        Picture(
            "token-asleep", reader,
            page(chain) {
                $0.sleep = sleep(after: .days(33))
                $0.isDormant = true
            }),
        Picture(
            "people-of-a-provider", administrator,
            PeoplePage(
                people: listed(signedIn(alice, .days(2)), signedIn(bruno, .days(36)), chen, dora),
                hasProvider: true, unprovisioned: [chen.id], policy: policy, now: now, reader: alice.id,
                proof: proof)),
    ]
}

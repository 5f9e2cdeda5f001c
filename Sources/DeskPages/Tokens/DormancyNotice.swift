import Tokens

/// The notice that the person's tokens are dormant or soon will be, with a link to sign in again.
struct DormancyNotice: Sendable, Hashable {
    /// When the tokens became or will become dormant.
    let from: Timestamp
    let now: Timestamp
    let isDormant: Bool

    /// `nil` while the tokens are not dormant and the warning period has not begun.
    init?(_ policy: SignInPolicy?, to subject: Subject, at now: Timestamp) {
        guard let from = subject.dormancy(policy, at: now) else { return nil }
        let warning = policy?.warning ?? .seconds(0)
        guard subject.isDormant(policy, at: now) || now >= from - warning else { return nil }
        isDormant = subject.isDormant(policy, at: now)
        self.from = from
        self.now = now
    }

    var html: HTML {
        div(.class(isDormant ? "notice bad sleep" : "notice overlap sleep")) {
            p {
                if isDormant {
                    strong {
                        "Your tokens have been dormant since "
                        moment(from, .minute)
                        "."
                    }
                    " They are refused everywhere until you sign in again. Then all of them work as before."
                } else {
                    strong {
                        "Your tokens become dormant on "
                        moment(from, .minute)
                        " unless you sign in again."
                    }
                    " Being signed in here is not enough: you have to sign in through the identity provider again."
                }
            }
            a(.class("button primary"), .href(.signInAgain)) { "Sign in again" }
        }
    }
}

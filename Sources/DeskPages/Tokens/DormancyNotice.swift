import Tokens

/// That one's tokens sleep or soon will, with the way to sign in again.
struct DormancyNotice: Sendable, Hashable {
    /// The moment from which they sleep.
    let from: Timestamp
    let now: Timestamp

    /// What the owner has to be told at `now`; `nil` where that is nothing yet.
    init?(_ policy: SignInPolicy?, to subject: Subject, at now: Timestamp) {
        guard let policy, let from = policy.sleep(of: subject, at: now), now >= from - policy.warning else {
            return nil
        }
        self.from = from
        self.now = now
    }

    private var isDormant: Bool { from <= now }

    var html: HTML {
        div(.class(isDormant ? "notice bad sleep" : "notice overlap sleep")) {
            p {
                if isDormant {
                    strong {
                        "Your tokens have been asleep since "
                        moment(from, .minute)
                        "."
                    }
                    " They are refused everywhere until you sign in again; then all of them work as before."
                } else {
                    strong {
                        "Your tokens go to sleep on "
                        moment(from, .minute)
                        " unless you sign in again."
                    }
                    " Being signed in here already is not enough: the identity provider has to let you in anew."
                }
            }
            a(.class("button primary"), .href(.signInAgain)) { "Sign in again" }
        }
    }
}

import Desk
import Tokens

/// The notice of a token that nobody uses, with what the operator's rules do about it.
func idleNotice(_ warning: IdleWarning) -> HTML {
    div(.class("notice overlap")) {
        p {
            strong {
                "Nobody has used this token since "
                moment(warning.since, .day)
                "."
            }
            switch warning.next {
            case nil: " Revoke it if it is no longer needed."
            case .pause(let at):
                " It is paused on "
                moment(at, .day)
                " unless it is used before. Revoke it if it is no longer needed."
            case .revocation(let at):
                " It is revoked on "
                moment(at, .day)
                " unless it is used before."
            }
        }
    }
}

import Ledger
import Tokens

/// The state of a token as labels: what keeps it from working, if anything does.
@HTMLBuilder
func stateTags(of token: Token, isDormant: Bool, at now: Timestamp) -> HTML {
    switch token.state(at: now) {
    case .active: if isDormant { tag("dormant") }
    case .paused:
        pausedTag(token, at: now)
        if isDormant { tag("dormant") }
    case .expired: tag("expired")
    case .revoked: tag("revoked")
    }
    if token.handOver != nil, token.isWorking(at: now) { tag("secret known to its former owner") }
}

private func tag(_ word: String) -> HTML { span(.class("tag bad")) { word } }

@HTMLBuilder
private func pausedTag(_ token: Token, at now: Timestamp) -> HTML {
    if let pause = token.pauses.longest(at: now) {
        span(.class("tag pause")) {
            if let end = pause.until {
                "paused until "
                moment(end, .minute)
            } else {
                "paused"
            }
        }
    }
}

extension EndedTogether {
    /// "2 secrets and 3 tokens that programs got in exchange".
    var words: String {
        let secrets = self.secrets == 1 ? "1 secret" : "\(self.secrets) secrets"
        switch exchanged.count {
        case 0: return secrets
        case 1: return "\(secrets) and 1 token that a program got in exchange"
        default: return "\(secrets) and \(exchanged.count) tokens that programs got in exchange"
        }
    }
}

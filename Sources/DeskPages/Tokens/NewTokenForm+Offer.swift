import Desk
import Tokens

/// What the operator's rules say about a new token, beside the fields that they concern.
extension NewTokenForm {
    /// The choices of an expiry that the rules allow. Without a rule, no expiry is the first.
    var lifetimes: [TokenDraft.Lifetime] {
        let limit = offer.maxLifetime
        return TokenDraft.Lifetime.allCases.filter { lifetime in
            switch lifetime {
            case .standard: offer.hasDefault
            case .never: limit == nil
            case .month, .quarter, .year:
                lifetime.span.map { span in limit.map { span <= $0 } ?? true } ?? true
            case .date: true
            }
        }
    }

    /// The choice that is marked: what was chosen, or the first where that is not offered.
    var chosenLifetime: TokenDraft.Lifetime {
        lifetimes.contains(draft.lifetime) ? draft.lifetime : lifetimes.first ?? .date
    }

    /// When the token expires unless another expiry is chosen, and until when one can be.
    @HTMLBuilder
    var lifetimeHint: HTML {
        if offer.hasDefault {
            p(.class("hint"), .id("expires-hint")) {
                if let span = offer.defaultLifetime {
                    "Expires on \(day(after: span)) unless you choose \(otherChoice(than: span))."
                } else {
                    "Never expires unless you choose otherwise."
                }
                for (service, standard, limit) in offer.shorterLived {
                    shorter(service, standard, limit)
                }
            }
        }
    }

    private func otherChoice(than span: TimeSpan) -> String {
        guard let limit = offer.maxLifetime else { return "otherwise" }
        return limit == span ? "earlier" : "another day, until \(day(after: limit))"
    }

    private func shorter(_ service: Service, _ standard: TimeSpan?, _ limit: TimeSpan?) -> HTML {
        let usual = standard.map { "on \(day(after: $0))" } ?? "when you choose"
        let last = limit.map { limit == standard ? ", or earlier" : ", on \(day(after: $0)) at the latest" }
        return HTML(text: " With access to \(service.title), it expires \(usual)\(last ?? "").")
    }

    private func day(after span: TimeSpan) -> String { CivilDay(number: (now + span).day).fullWords }

    /// What cannot be chosen, and by which rule.
    @HTMLBuilder
    var reachHint: HTML {
        if let refusal = offer.everyServiceRefusal {
            p(.class("hint"), .id("services-hint")) { "\(refusal)." }
        }
        if !offer.excluded.isEmpty {
            p(.class("hint")) {
                "Not for you by the rules of this desk: \(offer.excluded.map(\.title).joined(separator: ", "))."
            }
        }
    }

    /// The hint of the field for addresses.
    var addressHint: String {
        let example = "For example 192.0.2.7 or 10.0.0.0/8, separated by spaces or commas. "
        if offer.needsAddresses { return example + "Every token has to be bound to addresses here." }
        let services = offer.addressedServices.map(\.title).joined(separator: ", ")
        return services.isEmpty
            ? example + "Leave empty to allow any address."
            : example + "Needed for access to \(services); else leave empty to allow any address."
    }

    /// Instead of the form, where the rules allow its reader no token at all.
    @HTMLBuilder
    var exclusion: HTML {
        if let who = offer.excludedBy {
            p(.class("empty")) {
                "Only \(who.words) may have tokens here. Ask your administrator."
            }
        }
    }
}

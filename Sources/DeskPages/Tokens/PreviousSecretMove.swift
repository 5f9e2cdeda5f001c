import Desk
import Ledger
import Tokens

/// A previous secret that still works, with the places that have moved from it to the current one.
struct PreviousSecretMove: Sendable, Hashable {
    let secret: PreviousSecret
    let move: SecretMove

    /// The places that would stop working with it.
    var unmoved: [SecretMove.Place] { move.places.filter { !$0.hasMoved } }

    /// How many have moved, and which have not.
    func summary(_ titles: ServiceTitles) -> String {
        let places = move.places
        guard !places.isEmpty else {
            return move.isComplete
                ? "Nothing used it in the 30 days before it was replaced, nor since; the new one is in use."
                : "Nothing used it in the 30 days before it was replaced, nor since."
        }
        guard !unmoved.isEmpty else {
            return places.count == 1
                ? "The one place that used it has moved to the new secret."
                : "All \(places.count) places that used it have moved to the new secret."
        }
        let named = unmoved.prefix(3).map { whereabouts($0.service, $0.address, $0.client, titles) }
        let others = unmoved.count > 3 ? "; and \(unmoved.count - 3) more" : ""
        let count = places.count - unmoved.count
        return "\(count) of \(places.count) \(places.count == 1 ? "place" : "places") that used it "
            + "\(count == 1 ? "has" : "have") moved to the new secret. Not yet: "
            + "\(named.joined(separator: "; "))\(others)."
    }
}

/// When a previous secret stops working.
@HTMLBuilder
func previousSecretWords(_ secret: PreviousSecret) -> HTML {
    if secret.endsWhenMoved {
        "The previous secret works until everything has moved to the new one, at the latest until "
    } else {
        "The previous secret works until "
    }
    if let end = secret.endsAt { moment(end, .exact) } else { "it is ended" }
    "."
}

/// The notice of a row of My Tokens that a previous secret still works.
func previousSecretNotice(
    _ previous: PreviousSecretMove, of token: Token, _ proof: FormProof, _ wording: Wording
) -> HTML {
    div(.class("notice overlap")) {
        div {
            p { previousSecretWords(previous.secret) }
            p { previous.summary(wording.titles) }
        }
        endPreviousForm(of: token, at: .endPrevious(token.id), proof)
    }
}

/// The button that ends the previous secret; what still uses it is shown first.
func endPreviousForm(of token: Token, at path: DeskPath, _ proof: FormProof) -> HTML {
    postForm(to: path, proof: proof) {
        button(
            .type("submit"), .class("button"), .label("End the previous secret now: \(token.name)")
        ) { "End the previous secret now" }
    }
}

/// The section of a token's page while a previous secret works: the places that used it, with a tick for each that
/// has moved.
func rotationSection(
    _ previous: [PreviousSecretMove], of token: Token, at paths: TokenPaths, _ proof: FormProof,
    _ wording: Wording
) -> HTML {
    section(.class("card"), .id("rotation"), .labelledBy("rotation-title")) {
        h2(.id("rotation-title")) { "Being rotated" }
        for one in previous {
            p { previousSecretWords(one.secret) }
            p { one.summary(wording.titles) }
            if !one.move.places.isEmpty { moveTable(one.move.places, wording) }
        }
        endPreviousForm(of: token, at: paths.endPrevious, proof)
    }
}

private func moveTable(_ places: [SecretMove.Place], _ wording: Wording) -> HTML {
    table(.class("cards"), .role("table")) {
        caption(.class("unseen")) { "Places that used the previous secret" }
        thead {
            tr(.role("row")) {
                for name in ["Moved", "Service", "From", "Client", "Previous secret", "New secret"] {
                    columnHeader(name)
                }
            }
        }
        tbody {
            for place in places {
                tr(.role("row")) {
                    cell("Moved") { movedTag(place.hasMoved) }
                    cell("Service") { strong { wording.titles[place.service] } }
                    cell("From") { place.address.isEmpty ? "various addresses" : place.address }
                    cell("Client") { place.client.isEmpty ? "various clients" : place.client }
                    cell("Previous secret") { moment(place.previousUse) }
                    cell("New secret") {
                        if let use = place.currentUse {
                            moment(use)
                        } else {
                            span(.class("never")) { "Never" }
                        }
                    }
                }
            }
        }
    }
}

private func movedTag(_ hasMoved: Bool) -> HTML {
    span(.class(hasMoved ? "moved" : "moved not")) { hasMoved ? "✓ moved" : "not yet" }
}

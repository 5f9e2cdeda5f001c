import Ledger
import Tokens

@testable import Desk
@testable import DeskPages

/// Handing a token over, in every state.
extension PagesGallery {
    static let botCI = with(person(9, "bot-ci", "Nightly builds")) {
        $0.account = ServiceAccount(purpose: "Nightly builds", owners: ["build-team"])
    }

    private static func preview(of token: Token, leaves: Bool = false, asks: Bool = false) -> HandOverPreview
    {
        let cut = with(botCI) { $0.account?.services = [services[0].name] }
        return HandOverPreview(
            token: token, owner: leaves ? emil : alice, account: botCI,
            scopes: HandedScopes(of: token.scopes, from: alice, to: cut, services: services),
            needsConsent: asks, rotationDue: leaves ? now + .days(30) : nil)
    }

    private static func former(left: Bool) -> FormerOwnerNotice {
        FormerOwnerNotice(
            former: FormerOwner(
                handOver: HandOver(from: emil.id, at: now - .days(2)), person: left ? emil : bruno,
                rotationDue: left ? now + .days(28) : nil))
    }

    static let handingOver: [Picture] = [
        Picture(
            "hand-over", reader,
            HandOverPage(token: chain, accounts: [botCI], wording: wording, proof: proof)),
        Picture(
            "hand-over-to-nobody", reader,
            HandOverPage(token: chain, accounts: [], wording: wording, proof: proof)),
        Picture(
            "hand-over-preview", reader,
            HandOverPage(
                token: laptop, accounts: [botCI], preview: preview(of: laptop), wording: wording,
                proof: proof)),
        Picture(
            "hand-over-to-be-asked", reader,
            HandOverPage(
                token: laptop, accounts: [botCI], asked: [botCI.id],
                preview: preview(of: laptop, asks: true), reason: "I leave in May", wording: wording,
                proof: proof)),
        Picture(
            "hand-over-preview-of-leaver", administrator,
            HandOverPage(
                token: chain, owner: emil, accounts: [botCI, botCI],
                preview: preview(of: chain, leaves: true), name: "CI",
                faults: [FormFault("name", "The name is taken by another active token.")], wording: wording,
                proof: proof)),
        Picture(
            "token-handed-over", administrator,
            page(chain) {
                $0.owner = botCI
                $0.formerOwner = former(left: false)
                $0.canBeHandedOver = true
            }),
        Picture(
            "token-to-be-rotated", administrator,
            page(chain) {
                $0.owner = botCI
                $0.formerOwner = former(left: true)
            }),
    ]
}

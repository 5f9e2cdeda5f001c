import Ledger
import OAuth
import Tokens

@testable import Desk
@testable import DeskPages

/// What programs ask people for.
extension PagesGallery {
    static let authorizations: [Picture] = [
        Picture("consent", reader, consent()),
        Picture("consent-former", reader, consent(former: [chain, push])),
        Picture(
            "consent-faults", reader,
            consent(faults: [
                FormFault("name", "Choose a name."), FormFault("services", "Choose some access."),
            ])),
        Picture("consent-open", reader, consent(scopes: [])),
        Picture("consent-document", reader, consent(client: .document(host: "tools.example.org"))),
        Picture("consent-itself", reader, consent(client: .itself, to: "https://app.example.org/cb")),
        Picture("consent-device", reader, waiting(from: "192.0.2.44")),
        Picture("consent-elsewhere", reader, waiting(from: "203.0.113.77")),
        Picture("device", reader, DevicePage(proof: proof)),
        Picture(
            "device-unknown", reader,
            DevicePage(typed: "BBBB-BBBB", fault: "No program waits with this code.", proof: proof)),
        Picture("decided", reader, DecidedPage(program: "docker", token: "docker from 192.0.2.44")),
        Picture("refused", reader, DecidedPage(program: "docker", token: nil)),
    ]

    private static func asked(_ scopes: [String], from address: String) -> AuthorizationDesk.Asked {
        AuthorizationDesk.Asked(
            client: "jeton-git", clientTitle: "git", scopes: scopes.compactMap { Scope($0) }, resource: nil,
            address: address, agent: "")
    }

    private static func consent(
        scopes: [String] = ["git:write", "maven:read", "jeton:rotate"], client: OAuthClient.Source = .desk,
        to redirect: String = "http://127.0.0.1/", former: [Token] = [], faults: [FormFault] = []
    ) -> ConsentPage {
        page(
            ConsentSource(
                asked: asked(scopes, from: "192.0.2.44"), client: client,
                way: .browser(
                    .init(redirectURI: redirect, registered: RedirectURI(redirect)!, state: "x"),
                    challenge: ""), at: now), former, faults)
    }

    private static func waiting(from address: String) -> ConsentPage {
        let authorization = Authorization(
            id: id(1), kind: .device, digest: UserCode.make().digest, client: "jeton-docker",
            clientTitle: "docker", scopes: [Scope("maven:write")!], address: address, agent: "Docker 27.1",
            createdAt: now - .seconds(40), expiresAt: now + .minutes(4))
        return page(
            ConsentSource(
                asked: authorization.asked, client: .desk, way: .waiting(authorization, typed: "WDJB-MJHT"),
                at: authorization.createdAt), [], [])
    }

    private static func page(
        _ source: ConsentSource, _ former: [Token], _ faults: [FormFault]
    ) -> ConsentPage {
        let offer = TokenOffer(to: alice, services: services)
        let draft = TokenDraft(for: source.asked, services: services, taken: [])
        var form = NewTokenForm(
            draft: draft, faults: faults, offer: offer, grantable: [], now: now, proof: proof)
        form.asked = source.asked.scopes.isEmpty ? [:] : draft.access
        return ConsentPage(
            source: source, form: form,
            former: former.map { ListedToken(token: $0, owner: alice, lastUse: nil) },
            carried: ("request", "sealed"), address: "192.0.2.44", wording: wording)
    }
}

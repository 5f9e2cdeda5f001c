public import Desk
public import Gate
public import HTTPServer
import Tokens

/// Assertions (RFC 7523, section 2.1): of the identity provider about a person (ID-JAG), or of a job about itself, as the
/// assertion's `typ` says.
///
///     grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=ID-JAG&client_id=example-agent
public struct AssertionGrant: TokenGrant {
    private let identities: IdentityGrant?
    private let desk: AssertionDesk?
    private let settings: OAuthSettings
    private let authentication: ClientAuthentication

    public let type = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    /// The `typ` of an identity assertion.
    private static let identityAssertion = "oauth-id-jag+jwt"

    /// - Parameters:
    ///   - identities: for jobs; `nil` where no issuer of theirs is configured.
    ///   - desk: for assertions of the identity provider; `nil` where they are not taken.
    public init(_ identities: IdentityGrant?, _ desk: AssertionDesk?, _ settings: OAuthSettings) {
        self.identities = identities
        self.desk = desk
        self.settings = settings
        authentication = ClientAuthentication(settings: settings)
    }

    public func issue(
        _ form: OAuthForm, _ request: Request, from address: String
    ) async throws(OAuthFault) -> TokenAnswer {
        let jwt = try form.needed("assertion")
        let isOfProvider = AssertionDesk.type(of: jwt) == Self.identityAssertion
        guard let desk, isOfProvider || identities == nil else {
            guard let identities, !isOfProvider else {
                throw .invalidGrant(
                    "assertions of the identity provider (ID-JAG) are not taken here: the operator sets "
                        + "oauth.id_jag")
            }
            return try await identities.issue(form, request)
        }
        // Not one with a document: nobody has read that here, as the page that asks for consent does.
        let client = try authentication.client(of: form, request)
        let assertion: IdentityAssertion
        do throws(AssertionFault) { assertion = try await desk.verify(jwt) } catch { throw OAuthFault(error) }
        guard assertion.client.isExactly(client.id) else {
            throw .invalidGrant("the assertion was given to another client (client_id)")
        }
        let scopes = try scopes(for: assertion, form)
        do throws(AssertionFault) {
            return TokenAnswer(
                try await desk.issue(
                    assertion, to: .init(id: client.id, title: client.title, address: address), scopes))
        } catch {
            throw OAuthFault(error)
        }
    }

    /// What the token may do: what the provider and the client allow both, at the service that the provider names.
    private func scopes(
        for assertion: IdentityAssertion, _ form: OAuthForm
    ) throws(OAuthFault) -> Scopes {
        guard let service = settings.services.service(atResource: assertion.resource) else {
            throw .invalidTarget("the resource of the assertion is no service of this desk")
        }
        let asking = try TrustRequest(
            scope: form["scope"], resource: form["resource"], audience: nil, settings)
        guard asking.resource.map({ $0.services.contains(service.name) }) ?? true else {
            throw .invalidTarget("the assertion is for another resource")
        }
        guard let scopes = assertion.scopes(asked: asking.scopes, at: service.name) else {
            throw .invalidScope("the assertion and the request allow nothing both at \(service.name)")
        }
        return scopes
    }
}

extension OAuthFault {
    fileprivate init(_ fault: AssertionFault) {
        let sentence = fault.description.asErrorDescription
        self =
            switch fault {
            case .assertion where fault.isTemporary: .unavailable(sentence)
            case .assertion, .used, .nobody, .refused: .invalidGrant(sentence)
            case .tooMany: .tooManyRequests(sentence)
            case .ledger(let error): .ledger(error)
            }
    }
}

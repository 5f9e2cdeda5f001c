public import Desk
public import Gate
public import HTTPServer
import JSON
import Ledger
public import Tokens

/// Token exchange (RFC 8693): an agent's token on behalf of a person, or a job's token for its identity, as
/// `subject_token_type` says.
public struct TokenExchangeGrant: TokenGrant {
    private let identities: IdentityGrant
    private let delegation: DelegationGrant
    public let isOffered: Bool

    public let type = "urn:ietf:params:oauth:grant-type:token-exchange"

    /// - Parameter isOffered: whether the operator has configured either.
    public init(_ identities: IdentityGrant, _ delegation: DelegationGrant, isOffered: Bool) {
        (self.identities, self.delegation, self.isOffered) = (identities, delegation, isOffered)
    }

    public func issue(
        _ form: OAuthForm, _ request: Request, from address: String
    ) async throws(OAuthFault) -> TokenAnswer {
        guard form["subject_token_type"].map({ $0 == IdentityGrant.accessToken }) ?? false else {
            return try await identities.issue(form, request)
        }
        return try await delegation.issue(form, request, from: address)
    }
}

/// Agents on behalf of a person: the person's token and the agent's own, for a token that tells both (RFC 8693, section
/// 1.1).
///
///     grant_type=urn:ietf:params:oauth:grant-type:token-exchange&scope=git:read
///         &subject_token=jtn_…&subject_token_type=urn:ietf:params:oauth:token-type:access_token
///         &actor_token=jtn_…&actor_token_type=urn:ietf:params:oauth:token-type:access_token
///
/// No client authenticates: the agent's token is its credential.
public struct DelegationGrant: Sendable {
    private let desk: TokenDesk
    private let authentication: TokenAuthentication
    private let settings: OAuthSettings
    private let policy: DelegationPolicy

    public init(
        _ desk: TokenDesk, _ authentication: TokenAuthentication, _ settings: OAuthSettings,
        within policy: DelegationPolicy
    ) {
        self.desk = desk
        self.authentication = authentication
        self.settings = settings
        self.policy = policy
    }

    /// The token for a request that presents both.
    func issue(
        _ form: OAuthForm, _ request: Request, from address: String
    ) async throws(OAuthFault) -> TokenAnswer {
        guard !policy.allowed.isEmpty else {
            throw .unauthorizedClient(
                "no agent may act on behalf of people here: the operator lists them in agents.allowed")
        }
        guard form["requested_token_type"].map({ $0 == IdentityGrant.accessToken }) ?? true else {
            throw .invalidRequest("requested_token_type must be \(IdentityGrant.accessToken)")
        }
        let actorText = try form.needed("actor_token")
        guard try form.needed("actor_token_type") == IdentityGrant.accessToken else {
            throw .invalidRequest("actor_token_type must be \(IdentityGrant.accessToken)")
        }
        let lifetime = try lifetime(in: form)
        let asking = try TrustRequest(
            scope: form["scope"], resource: form["resource"], audience: form["audience"], settings)
        let (actorToken, actor) = try await holder(of: actorText, "actor_token", request)
        let (subject, person) = try await holder(
            of: try form.needed("subject_token"), "subject_token", request)
        let new = TokenDesk.NewDelegation(
            actorToken: actorToken, actor: actor, asking: asking, lifetime: lifetime)
        do throws(DelegationFault) {
            let issued = try await desk.delegate(subject, of: person, to: new, within: policy, from: address)
            return TokenAnswer(issued, members: ["issued_token_type": .string(IdentityGrant.accessToken)])
        } catch {
            throw OAuthFault(error)
        }
    }

    /// How long the agent needs the token: `expires_in`, in seconds.
    private func lifetime(in form: OAuthForm) throws(OAuthFault) -> TimeSpan? {
        guard let text = form["expires_in"] else { return nil }
        guard let seconds = Int64(text), (1...100_000_000).contains(seconds) else {
            throw .invalidRequest("expires_in must be a number of seconds")
        }
        return .seconds(seconds)
    }

    /// The token that a parameter presents, with its owner, if it works at the desk.
    private func holder(
        of text: String, _ parameter: String, _ request: Request
    ) async throws(OAuthFault) -> (Token, Subject) {
        switch authentication.holder(of: text, in: request) {
        case .failure(let denial):
            if let fault = OAuthFault.temporarilyUnavailable(denial) { throw fault }
            if denial == .tooManyFailures { throw .tooManyFailures }
            let sentence = denial.sentence(service: "the token desk", access: .read, desk: settings.issuer)
            throw .invalidRequest("\(parameter): \(sentence)".asErrorDescription)
        case .success(let holder):
            do throws(DeskFault) {
                return (try await desk.token(holder.token.id, of: nil), holder.owner)
            } catch {
                if case .ledger(let error) = error { throw .ledger(error) }
                throw .invalidRequest("\(parameter): this token is unknown here")
            }
        }
    }
}

extension OAuthFault {
    fileprivate init(_ fault: DelegationFault) {
        let sentence = fault.description.asErrorDescription
        self =
            switch fault {
            case .notAllowed: .unauthorizedClient(sentence)
            case .notOfPerson, .notLasting, .tooDeep, .noServices, .inactive: .invalidRequest(sentence)
            case .scope: .invalidScope(sentence)
            case .target: .invalidTarget(sentence)
            case .tooMany: .tooManyRequests(sentence)
            case .ledger(let error): .ledger(error)
            }
    }
}

public import Desk
import Gate
import HTTPServer
import JSON
import Tokens

/// Identities of jobs, traded for a token: by token exchange (RFC 8693), or as an assertion (RFC 7523, section 2.1).
///
///     grant_type=urn:ietf:params:oauth:grant-type:token-exchange
///         &subject_token_type=urn:ietf:params:oauth:token-type:jwt&subject_token=JWT&scope=maven:write
///
/// No client authenticates: the identity itself is the credential, and works once.
public struct IdentityGrant: Sendable {
    /// How the identity is sent.
    public enum Form: Sendable {
        case tokenExchange, assertion
    }

    private let desk: TrustDesk
    private let settings: OAuthSettings
    private let form: Form

    static let accessToken = "urn:ietf:params:oauth:token-type:access_token"
    private static let identityTypes = [
        "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token",
    ]

    public init(_ desk: TrustDesk, _ settings: OAuthSettings, as form: Form) {
        self.desk = desk
        self.settings = settings
        self.form = form
    }

    /// The token for the identity that a request presents.
    func issue(
        _ form: OAuthForm, _ request: Request
    ) async throws(OAuthFault) -> TokenAnswer {
        let jwt = try identity(in: form)
        let asking = try TrustRequest(
            scope: form["scope"], resource: form["resource"], audience: form["audience"], settings)
        let address = request.clientAddress(trusting: settings.trustedProxies)
        do throws(TradeFault) {
            let identity = try await desk.verify(jwt, from: address)
            let issued = try await desk.trade(identity, asking: asking, from: address)
            return TokenAnswer(
                issued,
                members: self.form == .tokenExchange ? ["issued_token_type": .string(Self.accessToken)] : [:])
        } catch {
            throw fault(error)
        }
    }

    /// The signed identity that a request presents.
    private func identity(in form: OAuthForm) throws(OAuthFault) -> String {
        guard self.form == .tokenExchange else { return try form.needed("assertion") }
        let jwt = try form.needed("subject_token")
        let type = try form.needed("subject_token_type")
        guard Self.identityTypes.contains(type) else {
            throw .invalidRequest(
                "subject_token_type must be \(Self.identityTypes.joined(separator: " or "))")
        }
        guard form["requested_token_type"].map({ $0 == Self.accessToken }) ?? true else {
            throw .invalidRequest("requested_token_type must be \(Self.accessToken)")
        }
        guard form["actor_token"] == nil, form["actor_token_type"] == nil else {
            throw .invalidRequest("actor_token is not supported here: send the job's own identity alone")
        }
        return jwt
    }

    /// RFC 8693, section 2.2.2, calls an identity that is not accepted `invalid_request`, and RFC 7523, section 3.1,
    /// `invalid_grant`.
    private func fault(_ fault: TradeFault) -> OAuthFault {
        let sentence = fault.description.asErrorDescription
        switch fault {
        case .scope, .needsApproval: return .invalidScope(sentence)
        case .target: return .invalidTarget(sentence)
        case .identity where fault.isTemporary: return .unavailable(sentence)
        case .tooMany: return .tooManyRequests(sentence)
        case .ledger(let error): return .ledger(error)
        case .identity, .noRule, .used, .inactive:
            return form == .tokenExchange ? .invalidRequest(sentence) : .invalidGrant(sentence)
        }
    }
}

extension TrustRequest {
    /// What a request asks for. A scope that is none of this desk's is a fault: to leave it out would give more than was
    /// asked for.
    init(
        scope: String?, resource: String?, audience: String?, _ settings: OAuthSettings
    ) throws(OAuthFault) {
        var scopes: [Scope] = []
        for text in scope?.split(separator: " ") ?? [] {
            guard scopes.count < Scopes.limit, let scope = Scope(String(text)), !scope.isAtDesk,
                settings.services.contains(where: { $0.name == scope.service })
            else {
                throw .invalidScope(
                    "a scope is unknown: use NAME, NAME:read or NAME:write of a service of this desk")
            }
            scopes.append(scope)
        }
        // The desk's own address stands for all that it guards.
        let named = [resource, audience == settings.issuer ? nil : audience].compactMap(\.self)
        var services: Set<ServiceName>?
        for text in named {
            guard let service = settings.service(named: text) else {
                throw .invalidTarget(
                    "the resource or audience is no service of this desk: use its name or address")
            }
            services = services.map { $0.intersection([service.name]) } ?? [service.name]
        }
        guard let services else {
            self.init(scopes: scopes)
            return
        }
        guard !services.isEmpty else {
            throw .invalidTarget("resource and audience name different services: name one")
        }
        self.init(
            scopes: scopes,
            resource: Resource(text: named.joined(separator: " "), services: Array(services)))
    }
}

extension OAuthSettings {
    /// The service of that name, or whose address `text` is, or is below; of several the one with the longest address.
    fileprivate func service(named text: String) -> Service? {
        if let service = services.first(where: { $0.name.text.isExactly(text) }) { return service }
        return text.utf8.count <= 2000 ? services.service(atResource: text) : nil
    }
}

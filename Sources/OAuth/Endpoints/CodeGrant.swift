public import Desk
public import Gate
public import HTTPServer
import Tokens

/// Authorization codes with PKCE (RFC 6749, section 4.1.3; RFC 7636).
public struct CodeGrant: TokenGrant {
    private let desk: AuthorizationDesk
    private let authentication: ClientAuthentication

    public let type = "authorization_code"

    public init(_ desk: AuthorizationDesk, _ settings: OAuthSettings) {
        self.desk = desk
        authentication = ClientAuthentication(settings: settings)
    }

    public func issue(
        _ form: OAuthForm, _ request: Request, from address: String
    ) async throws(OAuthFault) -> TokenAnswer {
        let client = try authentication.client(of: form, request, redeems: true)
        let code = try form.needed("code")
        let proof = AuthorizationDesk.Proof(
            redirectURI: form["redirect_uri"] ?? "", verifier: try form.needed("code_verifier"))
        do throws(AuthorizationDesk.Refusal) {
            return TokenAnswer(try await desk.redeem(code: code, of: client.id, proof))
        } catch {
            throw OAuthFault(error)
        }
    }
}

/// Device codes (RFC 8628, section 3.4).
public struct DeviceGrant: TokenGrant {
    private let desk: AuthorizationDesk
    private let authentication: ClientAuthentication

    public let type = "urn:ietf:params:oauth:grant-type:device_code"

    public init(_ desk: AuthorizationDesk, _ settings: OAuthSettings) {
        self.desk = desk
        authentication = ClientAuthentication(settings: settings)
    }

    public func issue(
        _ form: OAuthForm, _ request: Request, from address: String
    ) async throws(OAuthFault) -> TokenAnswer {
        let client = try authentication.client(of: form, request)
        let code = try form.needed("device_code")
        do throws(AuthorizationDesk.Refusal) {
            return TokenAnswer(try await desk.poll(code: code, of: client.id, .device, from: address))
        } catch {
            throw OAuthFault(error)
        }
    }
}

extension OAuthFault {
    init(_ refusal: AuthorizationDesk.Refusal) {
        self =
            switch refusal {
            case .unknown, .otherClient: .invalidGrant("the code is unknown, or was given to another client")
            case .used: .invalidGrant("the code was used before: start again")
            case .expired: .invalidGrant("the code has timed out: start again")
            case .wrongProof(let sentence): .invalidGrant("\(sentence): start again")
            case .refused(let sentence): .invalidGrant(sentence.asErrorDescription)
            case .poll(.pending), .poll(.ready): .authorizationPending
            case .poll(.tooFast(let interval)): .slowDown(interval)
            case .poll(.denied): .accessDenied("the person refused")
            case .poll(.expired): .expiredToken
            case .poll(.used): .invalidGrant("the code was used before: start again")
            case .ledger(let error): .ledger(error)
            }
    }
}

extension String {
    /// The text as an `error_description`, which is printable ASCII without quotes and backslashes (RFC 6749, section
    /// 5.2).
    var asErrorDescription: String {
        let plain = replacing("“", with: "'").replacing("”", with: "'").replacing("’", with: "'")
            .replacing("\"", with: "'")
        return String(
            String.UnicodeScalarView(
                plain.unicodeScalars.map { $0.value >= 0x20 && $0.value < 0x7F && $0 != "\\" ? $0 : "?" }))
    }
}

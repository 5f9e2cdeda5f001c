internal import Curl
internal import JOSE
internal import JSON
import Tokens

/// The public keys of one issuer, fetched as its configuration says.
///
/// Each request has 5 seconds and 1 MB, and follows no redirect.
struct IssuerKeys: Sendable {
    let issuer: FederationIssuer
    private let cache: SignerKeys

    private static let timeout = 5000
    private static let maxBytes = 1 << 20
    /// The shortest time between two fetches because of an unknown key.
    private static let betweenFetches = TimeSpan.seconds(10)

    init(_ issuer: FederationIssuer, clock: Clock) {
        self.issuer = issuer
        cache = SignerKeys(clock: clock, betweenFetches: Self.betweenFetches) {
            await Self.fetch(issuer)
        }
    }

    /// The payload of a JWS that the issuer signed with one of the algorithms.
    func payload(of compact: String, allowed: Set<JWSAlgorithm>) async throws(OIDCFault) -> [UInt8] {
        try await cache.payload(of: compact, allowed: allowed)
    }

    private static func fetch(_ issuer: FederationIssuer) async -> Result<JWKSet, OIDCFault> {
        do throws(OIDCFault) {
            let bytes = try await document(of: issuer)
            return Result { () throws(JOSEFault) in try JWKSet(parsing: bytes) }.mapError { _ in
                .providerAnswer(of: .keys)
            }
        } catch {
            return .failure(error)
        }
    }

    private static func document(of issuer: FederationIssuer) async throws(OIDCFault) -> [UInt8] {
        switch issuer.keys {
        case .file(let read):
            do throws(FederationIssuer.KeyFileFault) {
                return try read().get()
            } catch {
                throw .providerAnswer(of: .keys)
            }
        case .address(let address):
            return try await get(.keys, address, of: issuer)
        case .discovery:
            let text = try await get(.discovery, ProviderAddress.discovery(of: issuer.issuer), of: issuer)
            guard let document = try? JSONValue(parsing: text) else { throw .providerAnswer(of: .discovery) }
            guard document["issuer"]?.string?.isExactly(issuer.issuer) ?? false else {
                throw .discoveryOfAnotherIssuer
            }
            guard let written = document["jwks_uri"]?.string else { throw .providerAnswer(of: .discovery) }
            guard let address = ProviderAddress(written) else { throw .insecureAddress(of: .keys) }
            return try await get(.keys, address.text, of: issuer)
        }
    }

    private static func get(
        _ asked: OIDCFault.Asked, _ address: String, of issuer: FederationIssuer
    ) async throws(OIDCFault) -> [UInt8] {
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", address, headers: [HTTPClient.HeaderField("Accept", "application/json")],
                trusting: issuer.authorities, timeout: timeout, maxBytes: maxBytes)
        } catch {
            switch error {
            case .timedOut: throw .providerSlow
            case .tooLarge: throw .providerTooLong
            case .badAddress, .badHeader: throw .providerAnswer(of: asked)
            case .cannotConnect, .failed: throw .providerUnreachable
            }
        }
        guard answer.status == 200 else { throw .providerAnswer(of: asked) }
        return answer.body
    }
}

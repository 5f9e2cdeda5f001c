import JSON
import SignIn
import Tokens

/// What a transmitter says of itself (SSF 1.0, section 7).
struct TransmitterMetadata: Hashable, Sendable {
    let keysAddress: ProviderAddress?
    let configurationEndpoint: ProviderAddress?
    let statusEndpoint: ProviderAddress?
    let verificationEndpoint: ProviderAddress?
    /// The members of complex subjects that a receiver must understand.
    let criticalMembers: Set<String>

    /// The document's address: before the issuer's path, as RFC 8615 has it (section 7.2).
    static func address(of issuer: String) -> String {
        let scheme = issuer.hasPrefix("http://") ? "http://" : "https://"
        let rest = issuer.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(host.count)
        return scheme + host + "/.well-known/ssf-configuration" + (path == "/" ? "" : path)
    }

    /// Reads a document, whose issuer has to be exactly `issuer`.
    init(_ document: JSONValue, issuer: String) throws(TransmitterFault) {
        guard let named = document["issuer"]?.string else {
            throw .malformed(.metadata, what: "it names no issuer")
        }
        guard named.isExactly(issuer) else { throw .otherIssuer }
        func address(_ name: String) -> ProviderAddress? {
            document[name]?.string.flatMap(ProviderAddress.init)
        }
        keysAddress = address("jwks_uri")
        configurationEndpoint = address("configuration_endpoint")
        statusEndpoint = address("status_endpoint")
        verificationEndpoint = address("verification_endpoint")
        criticalMembers = Set(document["critical_subject_members"]?.array?.compactMap(\.string) ?? [])
    }
}

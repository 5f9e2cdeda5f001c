import Foundation
import Tokens

/// `2026-01-01T00:00:00Z`, the present in these tests.
let now = Timestamp(seconds: 1_767_225_600)

/// Tokens whose checksums were computed with zlib's `crc32`, and whose digests with `sha256sum`.
enum Known {
    static let token = "jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"
    static let digest = "1b9289c233bb4e145be43052c52d8f3eb840b1449200ea3e958eb8aa817a5b3e"
    static let other = "jtn_WXYZabcdefghijklmnopqrstuvwxyz0133nRgV"

    static let tokens = [
        token, other,
        "jtn_000000000000000000000000000000003yxXpT",
        "jtn_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz2dGKCn",
        // Its CRC is small: the checksum begins with zeros.
        "jtn_p88aCfFj3x523CmMQoookAyCpnDNgFE10007Er",
    ]
}

/// The credential that a request with those headers presents.
func presented(_ headers: [(name: String, value: [UInt8])]) -> Credential {
    var credential = Credential.none
    for (name, value) in headers {
        credential.take(header: Array(name.utf8).span, value: value.span, format: .standard)
    }
    return credential
}

/// The credential that a request with those headers presents.
func presented(_ headers: (String, String)...) -> Credential {
    presented(headers.map { ($0.0, Array($0.1.utf8)) })
}

/// `Basic …`, encoded by Foundation, not by the code under test.
func basic(_ pair: String) -> String {
    basic(Array(pair.utf8))
}

/// `Basic …`, of any bytes.
func basic(_ pair: [UInt8]) -> String {
    "Basic " + Data(pair).base64EncodedString()
}

/// The digest of a token that is known to have the form of one.
func digest(_ token: String) -> TokenDigest {
    TokenFormat.standard.digest(of: Array(token.utf8).span)!
}

/// Alice, the owner in the tables.
func alice(groups: [String] = [], suspendedAt: Timestamp? = nil) throws -> Subject {
    Subject(
        id: SubjectID(number: 1), login: try Login("Alice"), name: "Alice Liddell",
        email: "Alice@Example.com", groups: groups, suspendedAt: suspendedAt, createdAt: now)
}

/// A token of Alice's.
func token(
    scopes: Scopes = .everyService, addresses: [AddressRange] = [], expiresAt: Timestamp? = nil,
    revoked: Bool = false
) throws -> Token {
    Token(
        id: TokenID(number: 2), owner: SubjectID(number: 1), name: try TokenName("CI chain"),
        scopes: scopes, addresses: addresses, createdAt: now - .days(1), origin: .desk, expiresAt: expiresAt,
        revocation: revoked ? Token.Revocation(at: now, by: nil, reason: .byOwner) : nil)
}

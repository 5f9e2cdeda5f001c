import Sodium

/// The proof that whoever redeems a code is the program that asked for it (RFC 7636), by `S256` alone.
public enum CodeProof {
    /// The only method. With `plain`, whoever sees the request could redeem its code.
    public static let method = "S256"

    /// The lengths of a verifier (section 4.1), without an upper end that anybody would meet.
    private static let lengths = 43...1024

    /// Whether `text` has the form of a challenge: 43 characters of base64url.
    public static func isChallenge(_ text: String) -> Bool {
        text.utf8.count == 43 && Sodium.bytes(fromBase64URL: text)?.count == 32
    }

    /// Whether `verifier` is the one of `challenge`. It is hashed as it comes: that of Debian 12's git-credential-oauth
    /// has `+`, `/` and `=`, which section 4.1 does not allow.
    public static func matches(verifier: String, challenge: String) -> Bool {
        guard lengths.contains(verifier.utf8.count) else { return false }
        let hash = Sodium.base64URL(SHA256Digest(of: verifier).bytes)
        return Sodium.equal(Array(hash.utf8), Array(challenge.utf8))
    }
}

import Tokens

extension Token {
    /// What a new token was granted, for its event: `CI (maven:read; from 10.0.0.0/8; until 2027-02-01T00:00:00Z)`.
    var granted: String {
        let scopes = scopes == .everyService ? ["every service"] : scopes.list.map(\.text)
        // An event stays short, however many scopes and addresses there are.
        var parts = [scopes.words(first: 20)]
        if !addresses.isEmpty { parts.append("from \(addresses.map(\.description).words(first: 10))") }
        if let expiresAt { parts.append("until \(expiresAt.rfc3339)") }
        return "\(name) (\(parts.joined(separator: "; ")))"
    }
}

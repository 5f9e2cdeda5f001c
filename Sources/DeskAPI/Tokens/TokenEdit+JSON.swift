import Desk
import Tokens

extension TokenEdit {
    /// Reads a merge patch (RFC 7396): members that are left out stay, and null removes what can be removed.
    init(_ patch: consuming JSONBody) throws(Problem) {
        var body = patch
        self.init()
        if body.has("name") { name = body.requiredString("name") }
        if body.has("description") { description = body.optionalString("description") ?? "" }
        if body.has("scopes") { scopes = body.strings("scopes") }
        if body.has("addresses") { addresses = body.strings("addresses") }
        if body.has("expires_at") { expiry = body.expiry("expires_at").map(Expiry.at) ?? .never }
        try body.finish()
    }
}

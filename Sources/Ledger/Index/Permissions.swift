internal import Tokens

/// What a token may do and from where. Many tokens share the same, which is kept once for all of these.
final class Permissions: Sendable {
    let scopes: Scopes
    let addresses: [AddressRange]

    init(scopes: Scopes, addresses: [AddressRange]) {
        self.scopes = scopes
        self.addresses = addresses
    }

    /// Reads the texts in which the ledger keeps them.
    convenience init(scopes: Span<UInt8>, addresses: Span<UInt8>) throws(LedgerError) {
        guard let read = Scopes(text: scopes.text) else {
            throw .failed(reason: "a row holds no valid scopes")
        }
        guard let ranges = [AddressRange](column: addresses.text) else {
            throw .failed(reason: "a row holds no valid addresses")
        }
        self.init(scopes: read, addresses: ranges)
    }
}

internal import CSodium

extension Sodium {
    /// The bytes that `text` spells in base64url without padding (RFC 4648, section 5), as signed texts
    /// and cookies carry them; `nil` for anything that no encoder writes.
    public static func bytes(fromBase64URL text: String) -> [UInt8]? {
        _ = ready
        let characters = text.utf8.map { CChar(bitPattern: $0) }
        guard !characters.isEmpty else { return [] }
        let capacity = characters.count / 4 * 3 + 3
        var bytes = [UInt8](repeating: 0, count: capacity)
        var length = 0
        let status = sodium_base642bin(
            &bytes, capacity, characters, characters.count, nil, &length, nil,
            Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return status == 0 ? Array(bytes.prefix(length)) : nil
    }
}

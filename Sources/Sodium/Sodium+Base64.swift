internal import CSodium

extension Sodium {
    /// Decodes base64 (RFC 4648, section 4), with or without padding; `nil` if it is not valid.
    public static func bytes(fromBase64 text: Span<UInt8>) -> [UInt8]? {
        _ = ready
        guard !text.isEmpty else { return [] }
        let isPadded = text[text.count - 1] == UInt8(ascii: "=")
        let variant = isPadded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING
        let capacity = text.count / 4 * 3 + 3
        var bytes = [UInt8](repeating: 0, count: capacity)
        var length = 0
        let status = text.withUnsafeBytes { input -> Int32 in
            guard let start = input.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
            return sodium_base642bin(&bytes, capacity, start, input.count, nil, &length, nil, Int32(variant))
        }
        return status == 0 ? Array(bytes.prefix(length)) : nil
    }

    /// Encodes base64url (RFC 4648, section 5), without padding.
    public static func base64URL(_ bytes: [UInt8]) -> String {
        encoded(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    }

    /// Encodes base64 (RFC 4648, section 4), with padding.
    public static func base64(_ bytes: [UInt8]) -> String {
        encoded(bytes, sodium_base64_VARIANT_ORIGINAL)
    }

    private static func encoded(_ bytes: [UInt8], _ variant: some BinaryInteger) -> String {
        _ = ready
        let capacity = sodium_base64_encoded_len(bytes.count, Int32(variant))
        var text = [CChar](repeating: 0, count: capacity)
        _ = sodium_bin2base64(&text, capacity, bytes, bytes.count, Int32(variant))
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Decodes base64url (RFC 4648, section 5) without padding; `nil` if it is not valid.
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

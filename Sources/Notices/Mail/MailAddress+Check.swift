import Tokens

extension MailAddress {
    /// Reads `alice@example.com` or `Jeton <tokens@example.com>`; `nil` for anything else. Takes one address in the
    /// forms that mail servers take: no comments, no quoted local parts.
    public init?(_ text: String) {
        var name = ""
        var address = Substring(text.trimmed)
        if address.hasSuffix(">") {
            guard let start = address.lastIndex(of: "<") else { return nil }
            name = String(address[..<start]).trimmed
            address = address[address.index(after: start)...].dropLast()
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") {
                name = String(name.dropFirst().dropLast())
            }
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, address.utf8.count <= 254,
            !parts[1].hasPrefix("."), !parts[1].hasSuffix("."),
            !(name + address).unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            !address.contains(where: { $0.isWhitespace || "<>()[],;:\\\"".contains($0) })
        else { return nil }
        self.init(name: name, address: String(address))
    }

    /// What stands after the `@`.
    var domain: String { String(address.split(separator: "@").last ?? "localhost") }
}

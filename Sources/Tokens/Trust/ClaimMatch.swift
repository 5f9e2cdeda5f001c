/// What a trust rule requires of one claim: a value, byte by byte, or a pattern.
///
/// In a pattern, each `*` stands for any characters, also none, and also slashes; everything else stands for itself.
public struct ClaimMatch: Hashable, Sendable {
    /// The claim's name, as ``IdentityClaims`` has it.
    public let claim: String
    /// The value or the pattern.
    public let value: String
    public let isPattern: Bool

    /// The most bytes of a name and of a value.
    public static let nameLimit = 200, valueLimit = 500
    /// The claims that are verified of every identity, and are no part of a rule.
    public static let verifiedClaims = ["iss", "aud", "exp", "iat", "nbf", "jti"]

    /// A match that was read back; ``init(_:value:isPattern:)`` checks one that somebody writes.
    public init(stored claim: String, value: String, isPattern: Bool) {
        (self.claim, self.value, self.isPattern) = (claim, value, isPattern)
    }

    /// A match that somebody writes. Throws what is wrong with it.
    public init(_ claim: String, value: String, isPattern: Bool = false) throws(ClaimMatchFault) {
        guard !claim.isEmpty, claim.utf8.count <= Self.nameLimit,
            claim.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .badName }
        guard !Self.verifiedClaims.contains(claim) else { throw .verifiedAnyway(claim) }
        guard !value.isEmpty else { throw .empty(claim) }
        guard value.utf8.count <= Self.valueLimit,
            !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw .badValue(claim) }
        if isPattern {
            guard value.contains("*") else { throw .noStar(claim) }
            guard value.contains(where: { $0 != "*" }) else { throw .anything(claim) }
        } else if value.contains("*") {
            throw .starInValue(claim)
        }
        self.init(stored: claim, value: value, isPattern: isPattern)
    }

    /// Whether one of the claim's values matches.
    public func matches(_ values: [String]) -> Bool {
        values.contains { isPattern ? fits(Array($0.utf8)) : $0.isExactly(value) }
    }

    /// Whether `text` is the pattern with something in place of each star. Takes time proportional to both lengths at
    /// most, whatever the pattern is.
    private func fits(_ text: [UInt8]) -> Bool {
        let pattern = Array(value.utf8), star = UInt8(ascii: "*")
        var (next, at) = (0, 0)
        var resume: (pattern: Int, text: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == star {
                next += 1
                resume = (next, at)
            } else if next < pattern.count, pattern[next] == text[at] {
                (next, at) = (next + 1, at + 1)
            } else if let last = resume {
                // The latest star takes one character more.
                resume = (last.pattern, last.text + 1)
                (next, at) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == star }
    }
}

/// What is wrong with a match that somebody wrote.
public enum ClaimMatchFault: Error, Hashable, Sendable, CustomStringConvertible {
    case badName
    case verifiedAnyway(String)
    case empty(String)
    case badValue(String)
    case noStar(String)
    case anything(String)
    case starInValue(String)

    public var description: String {
        switch self {
        case .badName:
            "the name of a claim has 1 to \(ClaimMatch.nameLimit) printable characters without spaces"
        case .verifiedAnyway(let claim): "“\(claim)” is verified of every identity: leave it out"
        case .empty(let claim): "“\(claim)” has no value: give the one that the identity must have"
        case .badValue(let claim):
            "the value of “\(claim)” has at most \(ClaimMatch.valueLimit) bytes and no control characters"
        case .noStar(let claim): "the pattern for “\(claim)” has no *: give it as an exact value"
        case .anything(let claim): "the pattern for “\(claim)” fits anything: leave it out, or narrow it"
        case .starInValue(let claim):
            "the value of “\(claim)” has a *, which matches only itself there: give it as a pattern"
        }
    }
}

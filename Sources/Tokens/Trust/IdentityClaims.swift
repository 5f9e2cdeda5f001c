/// The claims of an identity (RFC 7519, section 4), each as the texts that a rule can be compared with.
///
/// A claim within another has both names with a slash between them: `kubernetes.io/serviceaccount/name`. A number has its
/// digits, a truth is `true` or `false`, and of a list any element may match.
public struct IdentityClaims: Hashable, Sendable {
    private let values: [ExactText: [String]]

    /// The claims with these names and values. Where a name occurs twice, neither value can be relied upon, and the claim
    /// counts as missing.
    public init(_ claims: some Sequence<(name: String, values: [String])>) {
        var values: [ExactText: [String]] = [:]
        var repeated: Set<ExactText> = []
        for claim in claims {
            let name = ExactText(claim.name)
            if values.updateValue(claim.values, forKey: name) != nil { repeated.insert(name) }
        }
        for name in repeated { values[name] = nil }
        self.values = values
    }

    /// The values of a claim; empty where it is missing.
    public subscript(_ name: String) -> [String] { values[ExactText(name)] ?? [] }

    /// The value of a claim that has exactly one.
    public func only(_ name: String) -> String? {
        let values = self[name]
        return values.count == 1 ? values.first : nil
    }
}

public import Sodium
public import Tokens

/// The address in a digest that ends somebody's digests without signing in (RFC 8058). Only the desk can make one, and all
/// that it does is to end digests.
public struct UnsubscribeLink: Sendable {
    private let key: KeyedHash

    public init(key: KeyedHash) {
        self.key = key
    }

    public func path(for person: SubjectID) -> String { "/notices/unsubscribe/\(code(for: person))" }

    /// Whose digests a code ends; `nil` where the desk did not make it.
    func person(of code: String) -> SubjectID? {
        guard let person = SubjectID(code.prefix(13)) else { return nil }
        let isGenuine = Sodium.equal(Array(code.utf8), Array(self.code(for: person).utf8))
        return isGenuine ? person : nil
    }

    private func code(for person: SubjectID) -> String {
        "\(person)\(Sodium.base64URL(Array(key(Array("end digests: \(person)".utf8)).prefix(16))))"
    }
}

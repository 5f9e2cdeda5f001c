import JSON
public import Sodium
public import Tokens

/// Programs that register themselves (RFC 7591). Nothing is stored: the `client_id` is what the program said, encrypted
/// for this desk alone, so that a flood of registrations leaves nothing behind.
public struct ClientRegistrations: Sendable {
    private let box: SecretBox
    private let clock: Clock

    private static let prefix = "jr_"
    /// The most bytes of a `client_id`, which has to fit into an address with all else that is asked for.
    static let idLimit = 700

    /// Registrations with a key of their own, derived from the desk's.
    public init(key: KeyedHash, clock: Clock) {
        box = SecretBox(key, purpose: "oauth client registration")
        self.clock = clock
    }

    /// The client of a `client_id` that this desk gave out; `nil` for any other.
    func client(_ id: String) -> OAuthClient? {
        guard id.hasPrefix(Self.prefix), let bytes = box.open(String(id.dropFirst(Self.prefix.count))),
            let json = try? JSONValue(parsing: bytes)
        else { return nil }
        let addresses = json["r"]?.array?.compactMap(\.string) ?? []
        return OAuthClient(
            id: id, title: Self.title(json["n"]?.string),
            redirectURIs: addresses.compactMap(RedirectURI.init), source: .itself)
    }

    /// The name on pages, which says that nobody vouches for it.
    private static func title(_ name: String?) -> String { "\(name ?? "A program") (unverified)" }

    /// A registration: the `client_id`, and when it was given out. `nil` where the addresses are too long to be carried
    /// in it.
    func register(_ metadata: ClientMetadata) -> (id: String, at: Timestamp)? {
        let now = clock.now
        var members: [String: JSONValue] = [
            "r": .array(metadata.redirectURIs.map { .string($0.text) }), "at": .integer(now.seconds),
        ]
        if let name = metadata.name { members["n"] = .string(name) }
        let id = Self.prefix + box.seal(Array(JSONValue.object(members).text.utf8))
        return id.utf8.count <= Self.idLimit ? (id, now) : nil
    }
}

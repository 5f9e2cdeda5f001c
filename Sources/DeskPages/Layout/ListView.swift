import Desk
import Tokens

/// A list as somebody has narrowed, ordered and turned it: what its address says, so that whoever acts on a token of it
/// comes back to the same.
struct ListView: Sendable, Hashable {
    /// A parameter of the address.
    private struct Item: Sendable, Hashable {
        let name: String
        let value: String
    }

    private let items: [Item]

    /// The parameters of the address.
    var pairs: [(name: String, value: String?)] { items.map { ($0.name, $0.value) } }

    /// A view of the inventory.
    init(_ filter: TokenFilter) {
        items = filter.pairs.map { Item(name: $0.name, value: $0.value) }
    }

    /// A view of somebody's own tokens, which has those parameters; other names are left out.
    init(ofOwnTokens pairs: [(name: String, value: String?)]) {
        items = pairs.compactMap { pair in
            guard Self.ownNames.contains(pair.name), let value = pair.value, !value.isEmpty else {
                return nil
            }
            return Item(name: pair.name, value: value.beginning(bytes: 100))
        }
    }

    private static let ownNames = ["search", "order", "page"]
}

extension DeskPath {
    /// The address with that view of a list, or without one.
    func with(_ view: ListView?) -> DeskPath { with(view?.pairs ?? []) }
}

import Tokens

/// The titles of services and the current time, which many sentences need.
struct Wording: Sendable, Hashable {
    let titles: ServiceTitles
    let now: Timestamp
}

/// The titles of services by name, for sentences about scopes.
struct ServiceTitles: Sendable, Hashable {
    private let titles: [String: String]

    init(_ services: [Service]) {
        titles = Dictionary(
            services.map { ($0.name.text, $0.title) }, uniquingKeysWith: { first, _ in first })
    }

    /// The title; the name itself if the service is no longer configured.
    subscript(name: String) -> String {
        switch name {
        case ServiceName.desk: "Jeton’s own API"
        case "": "several services"
        default: titles[name] ?? name
        }
    }

    /// The scope as people read it: "Maven private repository: read".
    func words(for scope: Scope) -> String {
        switch scope {
        case .desk(let scope): scope.title
        case .service(let name, let access, let path):
            "\(self[name.text]): \(words(for: access))\(path.map { " in \($0)" } ?? "")"
        }
    }

    private func words(for access: Access?) -> String {
        switch access {
        case .read: "read"
        case .write: "read and write"
        case nil: "everything"
        }
    }
}

/// The scopes and addresses of a token, as a list of labels.
func limitList(of token: Token, _ titles: ServiceTitles) -> HTML {
    limitList(of: token.scopes, token.addresses, titles)
}

/// Scopes and addresses, as a list of labels.
func limitList(of scopes: Scopes, _ addresses: [AddressRange], _ titles: ServiceTitles) -> HTML {
    ul(.class("scopes"), .label("Access")) {
        switch scopes {
        case .everyService:
            li { "Every service: read and write" }
        case .only:
            for scope in scopes.list {
                li(scope.isAtDesk ? .class("power") : nil) {
                    titles.words(for: scope)
                }
            }
        }
        if !addresses.isEmpty {
            li(.class("from")) {
                "Only from \(addresses.map(\.description).joined(separator: ", "))"
            }
        }
    }
}

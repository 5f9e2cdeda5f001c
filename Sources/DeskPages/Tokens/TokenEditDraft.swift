import Desk
import HTTPServer
import Tokens

/// The values of the form that edits a token, as they were typed.
struct TokenEditDraft: Sendable, Hashable {
    var name: String
    var description: String
    var addresses: String
    /// The last day, such as `2027-03-01`; empty to keep the expiry.
    var lastDay = ""
    /// The scope chosen in place of each that the token has, by its text; empty for none.
    var scopes: [String: String] = [:]
    /// Whether a token for every service is limited to ``access``.
    var isLimited = false
    /// `none`, `read`, `write` or `all` by the service's name, for a token for every service.
    var access: [String: String] = [:]

    /// The token as it is.
    init(_ token: Token) {
        name = token.name.text
        description = token.description
        addresses = token.addresses.map(\.description).joined(separator: ", ")
        scopes = Dictionary(uniqueKeysWithValues: token.scopes.list.map { ($0.text, $0.text) })
    }

    init(_ form: FormValues, of token: Token, services: [Service]) {
        name = form["name"] ?? ""
        description = form["description"] ?? ""
        addresses = form["addresses"] ?? ""
        lastDay = form["expires_on"] ?? ""
        for scope in token.scopes.list { scopes[scope.text] = form[Self.field(scope)] ?? "" }
        isLimited = form["services"] == "only"
        for service in services { access[service.name.text] = form["access.\(service.name)"] }
    }

    /// The name of the field for a scope that the token has.
    static func field(_ scope: Scope) -> String { "scope.\(scope)" }

    /// Reads the values; throws the fault of the date.
    func read(of token: Token, services: [Service]) throws(TokenDraft.Faults) -> TokenEdit {
        var edit = TokenEdit(name: name, description: description)
        edit.addresses = addresses.unicodeScalars.split { $0 == "," || $0.properties.isWhitespace }
            .prefix(Token.addressLimit + 1).map(String.init)
        if !lastDay.isEmpty {
            guard let end = Timestamp(lastDay: lastDay) else {
                throw TokenDraft.Faults(all: [
                    FormFault("expires_on", "Choose a date, or leave it empty to keep the expiry.")
                ])
            }
            edit.expiry = .at(end)
        }
        switch token.scopes {
        case .only: edit.scopes = token.scopes.list.compactMap { scopes[$0.text] }.filter { !$0.isEmpty }
        case .everyService where isLimited: edit.scopes = limitedScopes(services)
        case .everyService: break
        }
        if let scopes = edit.scopes, scopes.isEmpty {
            throw TokenDraft.Faults(all: [
                FormFault("services", "Keep access to at least one service, or revoke the token.")
            ])
        }
        return edit
    }

    private func limitedScopes(_ services: [Service]) -> [String] {
        services.compactMap { service in
            switch access[service.name.text] {
            case nil, "none": nil
            case "all": service.name.text
            case let access?: "\(service.name):\(access)"
            }
        }
    }
}

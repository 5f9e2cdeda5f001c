import Desk
import HTTPServer
import Tokens

/// What a person answered on the page that asks for consent.
struct ConsentAnswer: Sendable {
    let draft: TokenDraft
    let rotates: TokenID?
    let isRefusal: Bool
    /// Whether the person says that they started the program themselves.
    let isSure: Bool

    init(_ form: FormValues, services: [Service]) {
        draft = TokenDraft(form, services: services)
        rotates = form[ConsentPage.whichField].flatMap { TokenID($0) }
        isRefusal = form[ConsentPage.answerField] != ConsentPage.allow
        isSure = form[ConsentPage.sureField] != nil
    }

    /// What is decided. Throws the faults of all fields.
    func decision(
        at now: Timestamp, services: [Service]
    ) throws(TokenDraft.Faults) -> Authorization.Decision {
        if let rotates { return Authorization.Decision(name: "", scopes: [], rotates: rotates) }
        let new = try draft.read(at: now, services: services)
        return Authorization.Decision(
            name: new.name, scopes: new.scopes, addresses: new.addresses, expiresAt: new.expiresAt,
            neverExpires: new.neverExpires)
    }
}

extension TokenDraft {
    /// The form as it is first shown for what a program asks for: all of it, or a choice of `services` where it leaves
    /// that to the person.
    init(for asked: AuthorizationDesk.Asked, services: [Service], taken names: [TokenName]) {
        self.init()
        isLimited = true
        name = Self.freeName(
            asked.address.isEmpty ? asked.clientTitle : "\(asked.clientTitle) from \(asked.address)", names)
        if asked.scopes.isEmpty {
            for service in services { access[service.name.text] = "none" }
        }
        for scope in asked.scopes {
            switch scope {
            case .desk(let scope): beside.insert(scope)
            case .service(let name, let limit, let path):
                let (wanted, write) = ((limit ?? .write).rawValue, Access.write.rawValue)
                // One line shows one service: of several scopes one that may write, with its own path.
                if access[name.text] == nil || wanted == write && access[name.text] != write {
                    (access[name.text], below[name.text]) = (wanted, path?.text ?? "")
                } else if access[name.text] == wanted, path == nil {
                    below[name.text] = ""
                }
            }
        }
    }

    /// `wanted`, with a number where an active token has that name.
    private static func freeName(_ wanted: String, _ taken: [TokenName]) -> String {
        let names = ([wanted] + (2...99).map { "\(wanted) (\($0))" }).map {
            $0.utf8.count > TokenName.limit ? String($0.suffix(TokenName.limit)) : $0
        }
        let free = names.first { name in
            guard let name = try? TokenName(name) else { return false }
            return !taken.contains { $0.isSame(as: name) }
        }
        return free ?? wanted
    }
}

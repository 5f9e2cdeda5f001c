import Desk
import HTTPServer
import JSON
import Tokens

/// Trust rules, for `jeton trust` and for overseers.
extension AdminAPI {
    func addTrust(to admin: inout RouteGroup) {
        add("GET", "/trust", to: &admin, query: ["account"]) { request, _ in
            let owner: Subject? =
                if let login = request.queryItems["account"] { try await subject(login) } else { nil }
            let rules = if let owner { try await trust.rules(of: owner) } else { try await trust.allRules() }
            var listed: [JSONValue] = []
            for rule in rules { listed.append(trust.json(rule, of: try await trust.owner(of: rule))) }
            return Self.answer(["rules": .array(listed)])
        }
        add("POST", "/trust", to: &admin) { request, requester in
            var body = try JSONBody(request)
            let login = body.requiredString("account")
            let draft = body.newTrustRule()
            try body.finish()
            let owner = try await subject(login)
            let rule = try await trust.add(draft, for: owner, by: requester)
            return Self.answer(trust.json(rule, of: owner), status: 201)
        }
        add("POST", "/trust/test", to: &admin, for: .audit) { request, requester in
            var body = try JSONBody(request)
            let (identity, login) = (body.requiredString("identity"), body.optionalString("account"))
            try body.finish()
            let owner: Subject? = if let login { try await subject(login) } else { nil }
            let test = try await trust.test(identity, for: owner, by: requester)
            let owners = try await people.logins(of: test.rules.map(\.rule.owner))
            return Self.answer(trust.json(test, owners: owners))
        }
        add("DELETE", "/trust/{id}", to: &admin, urgent: true) { (_, requester, id: String) in
            guard let id = TrustRuleID(id) else { throw DeskFault.noSuchRule }
            let (rule, revoked) = try await trust.remove(id, of: nil, by: requester)
            let owner = try await trust.owner(of: rule)
            return Self.answer(
                trust.json(rule, of: owner).with(["revoked_tokens": .integer(Int64(revoked))]))
        }
    }
}

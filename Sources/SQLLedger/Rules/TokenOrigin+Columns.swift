internal import Ledger
internal import SQL
internal import Tokens

/// How the origin of a token is stored.
///
/// Nodes of a version before clients and jobs read only the first columns: to them, a client's token was created at the
/// desk, and a job's was got in exchange for a token that is no longer there.
extension Token.Origin {
    var column: String {
        switch self {
        case .desk, .client: "desk"
        case .token: "token"
        case .commandLine: "command_line"
        case .exchange, .job, .assertion: "trade"
        }
    }

    var token: TokenID? {
        switch self {
        case .token(let id): id
        case .exchange(let exchange): exchange.parent.alias
        case .job: TokenID(number: 0)
        case .assertion: Self.noParent
        case .desk, .commandLine, .client: nil
        }
    }

    /// Stands for the parent of a token that was got for an assertion. No token is as old as that.
    static let noParent = TokenID(number: 1)

    var device: String? {
        switch self {
        case .exchange(let exchange): exchange.device.text
        case .job(let job): job.issuer
        case .assertion(let client): client.title
        case .desk, .token, .commandLine, .client: nil
        }
    }

    fileprivate init?(
        column: String, token: TokenID?, device: TokenName?, delegation: Token.Delegation?
    ) {
        switch (column, token, device) {
        case ("desk", _, _): self = .desk
        case ("token", let token?, _): self = .token(token)
        case ("command_line", _, _): self = .commandLine
        case ("trade", let token?, let device?):
            self = .exchange(
                Token.Exchange(parent: token.firstSecret, device: device, delegation: delegation))
        default: return nil
        }
    }
}

extension Token.Delegation {
    /// The agents that the one that has the token acts for, as numbers; `nil` for none.
    var columnOfOthers: String? {
        actors.count == 1 ? nil : actors.dropFirst().map { String($0.number) }.joined(separator: " ")
    }
}

extension Token.Job {
    /// What the identity said, as a ``TextList``: issuer, subject, repository, workflow, run.
    var column: String { TextList.join([issuer, subject, repository, workflow, run]) }

    fileprivate init?(column: String, rule: TrustRuleID) {
        guard let parts = TextList.split(column), parts.count >= 5 else { return nil }
        self.init(
            rule: rule, issuer: parts[0], subject: parts[1], repository: parts[2], workflow: parts[3],
            run: parts[4])
    }
}

extension Row {
    /// The origin of a row of ``Tokens/Token/columns``.
    func tokenOrigin() throws -> Token.Origin {
        func at(_ column: TokenColumn) -> Int32 { column.rawValue }
        if let id = optionalText(at(.oauthClient)) {
            let client = Token.Client(
                id: id, title: optionalText(at(.oauthClientTitle)) ?? id,
                address: optionalText(at(.oauthClientAddress)) ?? "")
            return text(at(.origin)) == "trade" ? .assertion(client) : .client(client)
        }
        if let rule: TrustRuleID = optionalIdentifier(at(.trustRule)) {
            let job = optionalText(at(.job)).flatMap { Token.Job(column: $0, rule: rule) }
            return .job(try known(job, "job of a token"))
        }
        let actors = try actors(at(.actor), at(.actorsBefore))
        let origin = Token.Origin(
            column: text(at(.origin)), token: optionalIdentifier(at(.originToken)),
            device: optionalText(at(.device)).flatMap { try? TokenName($0) },
            delegation: actors.first.map { actor in
                Token.Delegation(
                    actor: actor, after: Array(actors.dropFirst()),
                    from: optionalIdentifier(at(.delegatedFrom)))
            })
        return try known(origin, "origin")
    }
}

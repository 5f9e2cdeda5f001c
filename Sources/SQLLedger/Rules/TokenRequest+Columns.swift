internal import Ledger
internal import SQL
internal import Tokens

extension TokenRequest {
    /// The columns that ``SQL/Row/request()`` reads.
    static let columns = RequestColumn.list

    /// What an owner can ask for only once at a time.
    var about: String {
        switch content {
        case .create(let token): token.name.text.folded
        case .handOver(let handOver): handOver.token.text
        }
    }
}

enum RequestColumn: Int32, ColumnList {
    case id, kind, requester, owner, stage, reason, content, createdAt, decisions, approvedUntil, settledAt
    case token
}

extension Row {
    func request() throws -> TokenRequest {
        func at(_ column: RequestColumn) -> Int32 { column.rawValue }
        let content = TokenRequest.Content(kind: text(at(.kind)), column: text(at(.content)))
        return TokenRequest(
            id: identifier(at(.id)), requester: identifier(at(.requester)), owner: identifier(at(.owner)),
            content: try known(content, "content of a request"), reason: text(at(.reason)),
            createdAt: timestamp(at(.createdAt)),
            decisions: try known([TokenRequest.Decision](column: text(at(.decisions))), "decisions"),
            stage: try known(TokenRequest.State(rawValue: text(at(.stage))), "stage of a request"),
            approvedUntil: optionalTimestamp(at(.approvedUntil)),
            settledAt: optionalTimestamp(at(.settledAt)), token: optionalIdentifier(at(.token)))
    }
}

extension TokenRequest.Content {
    /// What is asked for, as a ``TextList`` of names and values: `4:name,2:CI,6:scopes,9:git:write,`. A value that is
    /// empty is left out.
    var column: String {
        switch self {
        case .create(let token):
            let fields = [
                ("name", token.name.text), ("scopes", token.scopes.text),
                ("addresses", token.addresses.column),
                ("expires_at", token.expiresAt.map { String($0.milliseconds) } ?? ""),
            ]
            return TextList.join(fields.filter { !$0.1.isEmpty }.flatMap { [$0.0, $0.1] })
        case .handOver(let handOver):
            return TextList.join([
                "name", handOver.name.text, "scopes", handOver.scopes.text, "token", handOver.token.text,
            ])
        }
    }

    /// Reads what ``column`` writes for a request of that kind; `nil` where it is not complete.
    init?(kind: String, column: String) {
        guard let parts = TextList.split(column), parts.count.isMultiple(of: 2) else { return nil }
        let fields = Dictionary(
            stride(from: 0, to: parts.count, by: 2).map { (parts[$0], parts[$0 + 1]) },
            uniquingKeysWith: { first, _ in first })
        switch kind {
        case "create":
            guard let name = fields["name"].flatMap({ try? TokenName($0) }),
                let scopes = Scopes(text: fields["scopes"] ?? ""),
                let addresses = [AddressRange](column: fields["addresses"] ?? "")
            else { return nil }
            let expiry = fields["expires_at"].map { Int64($0).map(Timestamp.init(milliseconds:)) }
            // Without the moment that it names, a token would never expire.
            if case .some(nil) = expiry { return nil }
            self = .create(
                RequestedToken(
                    name: name, scopes: scopes, addresses: addresses, expiresAt: expiry.flatMap(\.self)))
        case "hand_over":
            guard let name = fields["name"].flatMap({ try? TokenName($0) }),
                let scopes = fields["scopes"].flatMap(Scopes.init(text:)),
                let token = fields["token"].flatMap(TokenID.init)
            else { return nil }
            self = .handOver(RequestedHandOver(token: token, name: name, scopes: scopes))
        default: return nil
        }
    }
}

extension [TokenRequest.Decision] {
    /// The decisions, each as a ``TextList`` in one: who, when, `approved` or `denied`, what they said, and the groups.
    var column: String {
        TextList.join(
            map { decision in
                TextList.join(
                    [
                        decision.by.map { String($0.number) } ?? "", String(decision.at.milliseconds),
                        decision.isApproval ? "approved" : "denied", decision.word,
                    ] + decision.groups)
            })
    }

    /// Reads what ``column`` writes; `nil` where a part of it is no decision.
    init?(column: String) {
        self = []
        for part in TextList.split(column) ?? [""] {
            guard let fields = TextList.split(part), fields.count >= 4, let at = Int64(fields[1]),
                fields[0].isEmpty || Int64(fields[0]) != nil, ["approved", "denied"].contains(fields[2])
            else { return nil }
            append(
                TokenRequest.Decision(
                    by: Int64(fields[0]).map(SubjectID.init(number:)), at: Timestamp(milliseconds: at),
                    isApproval: fields[2] == "approved", groups: Array<String>(fields.dropFirst(4)),
                    word: fields[3]))
        }
    }
}

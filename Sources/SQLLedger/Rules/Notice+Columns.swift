internal import Ledger
internal import SQL
internal import Tokens

extension Notice {
    /// The columns that ``SQL/Row/notice()`` reads.
    static let columns = NoticeColumn.list(of: "notices")
}

extension Delivery {
    /// The columns that ``SQL/Row/delivery()`` reads.
    static let columns = Notice.columns + ", " + DeliveryColumn.list(of: "deliveries")
}

enum NoticeColumn: Int32, ColumnList {
    case id, at, kind, recipient, subject, token, event, title, paragraphs, facts, traces
    case linkWords, linkPath, readAt
}

enum DeliveryColumn: Int32, ColumnList {
    case channel, state, digestOn, attempts, nextAt, lastError, sentAt
}

extension [NoticeDetail] {
    /// The details as one text: names and values by turns.
    var column: String { TextList.join(flatMap { [$0.name, $0.value] }) }

    init?(column: String) {
        guard let texts = TextList.split(column), texts.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: texts.count, by: 2).map { NoticeDetail(texts[$0], texts[$0 + 1]) }
    }
}

extension Row {
    func notice() throws -> Notice {
        func at(_ column: NoticeColumn) -> Int32 { column.rawValue }
        var link: NoticeAction?
        if let words = optionalText(at(.linkWords)), let path = optionalText(at(.linkPath)) {
            link = NoticeAction(words, path)
        }
        return Notice(
            id: identifier(at(.id)), at: timestamp(at(.at)), kind: text(at(.kind)),
            recipient: optionalIdentifier(at(.recipient)), subject: optionalIdentifier(at(.subject)),
            token: optionalIdentifier(at(.token)), event: optionalIdentifier(at(.event)),
            content: NoticeContent(
                title: text(at(.title)),
                paragraphs: try known(TextList.split(text(at(.paragraphs))), "paragraphs"),
                facts: try known([NoticeDetail](column: text(at(.facts))), "facts"),
                traces: try known([NoticeDetail](column: text(at(.traces))), "traces"), link: link),
            readAt: optionalTimestamp(at(.readAt)))
    }

    func delivery() throws -> Delivery {
        func at(_ column: DeliveryColumn) -> Int32 { NoticeColumn.count + column.rawValue }
        return Delivery(
            notice: try notice(), channel: text(at(.channel)),
            state: try known(Delivery.State(rawValue: text(at(.state))), "state of a delivery"),
            digestOn: optionalInteger(at(.digestOn)), attempts: Int(integer(at(.attempts))),
            nextAt: timestamp(at(.nextAt)), lastError: text(at(.lastError)),
            sentAt: optionalTimestamp(at(.sentAt)))
    }
}

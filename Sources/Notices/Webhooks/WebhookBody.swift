import JSON
import Tokens

/// The body of a webhook.
struct WebhookBody {
    let message: NoticeMessage
    /// The desk's address, which is the source of a CloudEvent.
    let desk: String

    func bytes(as format: WebhookChannel.Format) -> [UInt8] {
        var document: JSONValue =
            switch format {
            case .standard:
                [
                    "type": .string(message.type), "timestamp": .string(message.at.rfc3339), "data": data,
                ]
            case .cloudEvents:
                [
                    "specversion": "1.0", "id": .string(message.id), "source": .string(desk),
                    "type": .string("jeton.\(message.type)"), "time": .string(message.at.rfc3339),
                    "datacontenttype": "application/json", "data": data,
                ]
            }
        if format == .cloudEvents, let token = message.data["token"]?.string {
            document = document.with(["subject": .string(token)])
        }
        return Array(document.text.utf8)
    }

    /// The notice's data with a sentence and the link, for receivers that show it to people.
    private var data: JSONValue {
        var more: [String: JSONValue] = ["summary": .string(message.subject)]
        if let link = message.link { more["url"] = .string(link.url) }
        return message.data.with(more)
    }
}

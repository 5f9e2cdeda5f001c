import Curl
import Ledger

/// Writes a notice as a mail: a text, and the same as HTML.
struct MailComposition {
    let message: NoticeMessage
    let from: MailAddress
    let to: MailAddress
    /// Where the desk is, for the last line.
    let desk: String
    /// Where people choose what they are told.
    let choices: String

    var mail: Mail {
        Mail(from: from.address, to: to.address, headers: headers, text: text, html: html)
    }

    /// The fields, of which `Message-ID` is the same in every attempt. Auto-responders leave such a mail alone
    /// (RFC 3834).
    private var headers: [String] {
        var fields = [
            EncodedHeader.mailbox("From", from), EncodedHeader.mailbox("To", to),
            EncodedHeader.text("Subject", message.subject), "Date: \(message.at.rfc5322)",
            "Message-ID: <\(message.id)@\(from.domain)>", "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All", "X-Jeton-Notice: \(message.type)",
            "Content-Type: multipart/alternative",
        ]
        if let unsubscribe = message.unsubscribe {
            fields.append("List-Unsubscribe: <\(unsubscribe)>")
            fields.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        }
        return fields
    }

    private var text: String {
        var parts = message.paragraphs
        let width = message.facts.map(\.name.count).max() ?? 0
        if !message.facts.isEmpty {
            parts.append(
                message.facts.map { fact in
                    "\(fact.name):" + String(repeating: " ", count: width - fact.name.count + 2) + fact.value
                }.joined(separator: "\n"))
        }
        if let link = message.link { parts.append("\(link.words):\n\(link.url)") }
        parts.append("-- \nSent by Jeton at \(desk)\nChoose what you are told: \(choices)")
        return parts.joined(separator: "\n\n") + "\n"
    }

    private var html: String {
        var body = message.paragraphs.map { "<p>\(escaped($0))</p>" }
        if !message.facts.isEmpty {
            let rows = message.facts.map {
                "<tr><th scope=\"row\" align=\"left\" valign=\"top\" style=\"padding:2px 16px 2px 0;font-weight:normal;opacity:.75\">"
                    + "\(escaped($0.name))</th><td valign=\"top\" style=\"padding:2px 0\">\(escaped($0.value))</td></tr>"
            }
            body.append(
                "<table cellspacing=\"0\" style=\"border-collapse:collapse\">\(rows.joined())</table>"
            )
        }
        if let link = message.link {
            body.append(
                "<p><a href=\"\(escaped(link.url))\" style=\"display:inline-block;padding:8px 16px;border-radius:6px;"
                    + "background:#1f5fbf;color:#ffffff;text-decoration:none\">\(escaped(link.words))</a></p>"
            )
        }
        body.append(
            "<p style=\"margin-top:24px;font-size:13px;opacity:.75\">Sent by Jeton at "
                + "<a href=\"\(escaped(desk))\">\(escaped(desk))</a>. "
                + "<a href=\"\(escaped(choices))\">Choose what you are told</a>.</p>")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark"><title>\(escaped(message.subject))</title></head>
            <body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;max-width:40em">
            \(body.joined(separator: "\n"))
            </body></html>
            """
    }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "<br>"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

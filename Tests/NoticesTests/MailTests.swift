import Curl
import Ledger
import Testing
import Tokens

@testable import Notices

@Suite("mails")
struct MailTests {
    private func mail(
        subject: String = "Token “a” expires", name: String = "Alice", unsubscribe: String? = nil
    ) -> Mail {
        let to = MailAddress(name: name, address: "alice@example.com")
        let message = NoticeMessage(
            id: "ntc_1", type: "token.expiring", at: Timestamp(seconds: 1_796_090_709), to: to,
            subject: subject,
            paragraphs: ["It <ends> & \"stops\"."],
            facts: [NoticeDetail("Service", "maven"), NoticeDetail("Last used", "today")],
            link: NoticeLink("Rotate it", "https://d.example/r?a=1&b=2"), unsubscribe: unsubscribe)
        return MailComposition(
            message: message, from: MailAddress(address: "jeton@example.com"), to: to,
            desk: "https://d.example",
            choices: "https://d.example/account"
        ).mail
    }

    @Test("the header says what it is, always with the same identifier")
    func headers() {
        #expect(
            mail(subject: "Plain").headers == [
                "From: jeton@example.com", "To: \"Alice\"\r\n <alice@example.com>", "Subject: Plain",
                "Date: Tue, 01 Dec 2026 02:05:09 +0000", "Message-ID: <ntc_1@example.com>",
                "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
                "X-Jeton-Notice: token.expiring",
                "Content-Type: multipart/alternative",
            ])
        #expect(
            mail(unsubscribe: "https://d.example/u/1").headers.suffix(2) == [
                "List-Unsubscribe: <https://d.example/u/1>",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            ])
    }

    @Test(
        "no name and no subject adds a header field",
        arguments: [
            "a\r\nBcc: eve@example.com", "a\nBcc: eve@example.com", "a\u{0}b", "a\u{85}Bcc: x",
            "\r\n\r\nbody",
        ])
    func injection(text: String) {
        let mail = mail(subject: text, name: text)
        for header in mail.headers {
            #expect(
                !header.replacing("\r\n ", with: "").contains { $0 == "\r" || $0 == "\n" || $0 == "\r\n" })
        }
    }

    @Test("a long subject in other letters becomes encoded words, none of which cuts a character in two")
    func encodedWords() {
        let field = EncodedHeader.text("Subject", String(repeating: "日本語", count: 20))
        for line in field.split(separator: "\r\n ") { #expect(line.utf8.count <= 84) }
        #expect(EncodedHeader.text("Subject", "=?utf-8?Q?x?=").hasPrefix("Subject: =?utf-8?B?"))
    }

    @Test("the text and the HTML tell the same, and the HTML escapes it")
    func bodies() {
        let mail = mail()
        #expect(
            mail.text.hasPrefix(
                "It <ends> & \"stops\".\n\nService:    maven\nLast used:  today\n\nRotate it:\nhttps://d.example/r?a=1&b=2\n"
            ))
        #expect(mail.html.contains("It &lt;ends&gt; &amp; &quot;stops&quot;."))
        #expect(mail.html.contains("href=\"https://d.example/r?a=1&amp;b=2\""))
    }

    @Test(
        "an address is read with a name and without",
        arguments: [
            ("alice@example.com", "", "alice@example.com"),
            (" Jeton <t@example.com> ", "Jeton", "t@example.com"),
            ("\"A, B\" <t@example.com>", "A, B", "t@example.com"),
            ("älice@münchen.example", "", "älice@münchen.example"),
        ])
    func address(text: String, name: String, address: String) throws {
        #expect(try #require(MailAddress(text)) == MailAddress(name: name, address: address))
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "alice", "@example.com", "alice@", "a@b@c", "a b@example.com",
            "a@example.com\r\nRCPT TO:<x@y>",
            "<a@example.com", "a@example.com, b@example.com", "a@.example", "X <a@example.com> y",
        ])
    func noAddress(text: String) {
        #expect(MailAddress(text) == nil)
    }
}

public import Curl

/// Sends notices by mail.
public struct MailChannel: NoticeChannel {
    private let client: SMTPClient
    private let from: MailAddress
    private let desk: String
    private let choices: String

    /// `desk` is the desk's address, and `choices` the page where people choose what they are told.
    public init(_ server: SMTPServer, from: MailAddress, desk: String, choices: String, timeout: Int = 30_000)
    {
        client = SMTPClient(server, timeout: timeout)
        (self.from, self.desk, self.choices) = (from, desk, choices)
    }

    public func send(_ message: NoticeMessage) async -> DeliveryOutcome {
        guard let to = message.to else { return .rejected(reason: "there is no address to send it to") }
        let mail = MailComposition(message: message, from: from, to: to, desk: desk, choices: choices).mail
        do throws(SMTPFault) {
            try await client.send(mail)
            return .delivered
        } catch {
            return error.isPermanent
                ? .rejected(reason: error.reason)
                : .failed(reason: error.reason, isOfChannel: !error.isOfMail)
        }
    }
}

public import Desk
import JSON
public import Tokens

/// Sends messages for a test through the channels that are configured, and says what was answered.
public struct NoticeTester: Sendable {
    private let settings: NoticeSettings
    private let clock: Clock

    public init(_ settings: NoticeSettings, clock: Clock) {
        (self.settings, self.clock) = (settings, clock)
    }

    public func send(_ test: NoticeTest) async -> [NoticeTestResult] {
        switch test {
        case .mail(let text):
            guard let mail = settings.mail, let address = MailAddress(text) else {
                return [
                    NoticeTestResult(
                        channel: "mail", isGood: false, answer: "the address cannot be written to")
                ]
            }
            return [result("mail", await mail.send(message(to: address)))]
        case .endpoint(let name): return await send(settings.endpoints.filter { $0.name == name })
        case .endpoints: return await send(settings.endpoints)
        }
    }

    private func send(_ endpoints: [NoticeSettings.Endpoint]) async -> [NoticeTestResult] {
        var results: [NoticeTestResult] = []
        for endpoint in endpoints {
            results.append(result(endpoint.name, await endpoint.channel.send(message(to: nil))))
        }
        return results
    }

    private func message(to address: MailAddress?) -> NoticeMessage {
        let now = clock.now
        return NoticeMessage(
            id: "test_\(NoticeTestID.make(at: now))", type: "desk.test", at: now, to: address,
            subject: "A test of notices from Jeton",
            paragraphs: ["An administrator sent this to see whether notices arrive. There is nothing to do."],
            link: NoticeLink("Go to the desk", "\(settings.address)/"), data: ["kind": "test"])
    }

    private func result(_ channel: String, _ outcome: DeliveryOutcome) -> NoticeTestResult {
        switch outcome {
        case .delivered: NoticeTestResult(channel: channel, isGood: true, answer: "it was taken")
        case .failed(let reason, _, _), .rejected(let reason), .gone(let reason):
            NoticeTestResult(channel: channel, isGood: false, answer: reason)
        }
    }
}

/// Identifies a message for a test.
private typealias NoticeTestID = Identifier<NoticeTester>

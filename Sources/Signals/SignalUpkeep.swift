public import Ledger
import Sodium
import Tokens

/// Asks the transmitter for the stream's status now and then: so that administrators see that it was paused, and because a
/// transmitter may end a stream whose receiver is silent for long (`inactivity_timeout`, SSF 1.0). Of several nodes one
/// asks at a time.
public struct SignalUpkeep: Sendable {
    private let receiver: SignalReceiver
    private let ledger: any AttemptLedger

    /// How often it asks.
    static let span = TimeSpan.hours(6)
    /// How often a node looks whether it is time.
    private static let interval = Duration.seconds(600)

    public init(_ receiver: SignalReceiver, ledger: any AttemptLedger) {
        (self.receiver, self.ledger) = (receiver, ledger)
    }

    /// Asks until the task is cancelled. `report` gets a sentence when the stream is not enabled, or cannot be asked for.
    public func run(report: @Sendable (String) -> Void) async {
        while !Task.isCancelled {
            do {
                if let status = try await ask(), status != "enabled" {
                    report("the stream of signals is \(status): the identity provider sends nothing")
                }
            } catch TransmitterFault.notSetUp {
                // Whoever set it up sees that it is not.
            } catch {
                if !Task.isCancelled {
                    report("the stream of signals cannot be asked for its status: \(error)")
                }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// The stream's status, if it is time to ask for it; else `nil`.
    func ask() async throws -> String? {
        let now = receiver.clock.now
        let block = now.milliseconds / Self.span.milliseconds
        let mark = SHA256Digest(of: "signals-status:\(receiver.settings.name):\(block)")
        guard try await receiver.ledger.stream(receiver.settings.name).id != nil,
            try await ledger.use(mark, until: now + Self.span, at: now)
        else { return nil }
        return try await receiver.stream(asking: true).status
    }
}

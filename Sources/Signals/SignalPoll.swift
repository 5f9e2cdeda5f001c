import JSON
import Ledger
import SignIn
public import Tokens

/// Fetches signals (RFC 8936), for a desk that the transmitter cannot reach. Of several nodes one polls, under a lease.
///
/// A signal is acknowledged in the next request, after it is durable. One that came and was not acknowledged comes again,
/// and is recognised.
public actor SignalPoll {
    private let receiver: SignalReceiver
    private let pace: Pace
    /// Random, so that a node that is started again is another one.
    private let holder = Int64.random(in: 1...Int64.max)
    private var acknowledged: [String] = []
    private var refused: [String: SignalFault] = [:]
    /// How many requests in a row were held back until their end. The first one, and the first after a failure, is not.
    private var heldBack = SignalPoll.mostHeldBack

    /// How long requests, pauses and leases last.
    public struct Pace: Hashable, Sendable {
        /// How long to wait after an answer without signals, and after a failure at most.
        public var interval = TimeSpan.seconds(1)
        public var longestPause = TimeSpan.seconds(60)
        /// How long a node may poll without renewing its lease; longer than one request takes.
        public var lease = TimeSpan.seconds(20)
        /// The most milliseconds for one request, which the transmitter may hold back.
        public var hold = 12_000

        public init() {}
    }

    private static let mostSignals = 100
    /// After how many requests that were held back one asks for an answer at once, which tells a quiet transmitter from one
    /// that cannot be reached.
    private static let mostHeldBack = 10

    public init(_ receiver: SignalReceiver, pace: Pace = Pace()) {
        (self.receiver, self.pace) = (receiver, pace)
    }

    /// Polls until the task is cancelled. `report` gets a sentence when polling begins to fail, and one when it works again.
    public func run(report: @Sendable (String) -> Void) async {
        var pause = pace.interval
        var isFailing = false
        while !Task.isCancelled {
            var wait = pace.interval
            do {
                if try await pollOnce() { wait = .seconds(0) }
                if isFailing { report("signals are fetched again") }
                (isFailing, pause) = (false, pace.interval)
            } catch {
                if Task.isCancelled { break }
                heldBack = Self.mostHeldBack
                if !isFailing { report("signals cannot be fetched, and will be tried again: \(error)") }
                receiver.figures.change { $0.pollFault = "\(error)" }
                (isFailing, wait) = (true, pause)
                pause = pause.doubled(atMost: pace.longestPause)
            }
            if wait > .seconds(0) { try? await Task.sleep(for: .milliseconds(wait.milliseconds)) }
        }
        try? await receiver.ledger.release(stream: receiver.settings.name, of: holder)
    }

    /// Sends one request, if this node polls. Returns whether more signals wait.
    func pollOnce() async throws -> Bool {
        let name = receiver.settings.name
        let now = receiver.clock.now
        let isOurs = try await receiver.ledger.lease(
            stream: name, to: holder, until: now + pace.lease, at: now)
        receiver.figures.change { $0.isPolling = isOurs }
        guard isOurs, let endpoint = try await receiver.ledger.stream(name).endpoint else {
            // What this node has not acknowledged comes to the one that polls now.
            (acknowledged, refused) = ([], [:])
            return false
        }
        guard ProviderAddress(endpoint) != nil else { throw TransmitterFault.unsafePollAddress }
        guard let answer = try await asked(at: endpoint) else {
            heldBack += 1
            return true
        }
        (acknowledged, refused, heldBack) = ([], [:], 0)
        guard case .object(let sets)? = answer.document?["sets"] else {
            throw TransmitterFault.malformed(.poll, what: "it has no `sets`")
        }
        var waiting: SignalFault?
        for (identifier, set) in sets.sorted(by: { $0.key < $1.key }) {
            waiting = try await take(identifier, set.string ?? "") ?? waiting
        }
        let hasProgress = !acknowledged.isEmpty || !refused.isEmpty
        // The transmitter would return the same ones at once.
        if let waiting, !hasProgress { throw TransmitterFault.unverified(reason: waiting.sentence) }
        receiver.figures.change { $0.pollFault = nil }
        return hasProgress || answer.document?["moreAvailable"] == true
    }

    /// The transmitter's answer, which it may hold back for a while; `nil` where it held it back too long. A cancelled task
    /// does not wait for it.
    private func asked(at endpoint: String) async throws -> Transmitter.Answer? {
        let (answers, continuation) = AsyncStream<Result<Transmitter.Answer, TransmitterFault>>.makeStream()
        let (transmitter, body, timeout) = (receiver.transmitter, request, pace.hold)
        Task {
            do throws(TransmitterFault) {
                continuation.yield(
                    .success(try await transmitter.send(.poll, "POST", endpoint, body, timeout: timeout)))
            } catch {
                continuation.yield(.failure(error))
            }
            continuation.finish()
        }
        for await answer in answers {
            if case .failure(.slow(.poll)) = answer, body["returnImmediately"] == false { return nil }
            return try answer.get()
        }
        throw CancellationError()
    }

    private var request: JSONValue {
        [
            "maxEvents": .integer(Int64(Self.mostSignals)),
            // What was done is acknowledged at once, not when the next signal comes.
            "returnImmediately": .bool(
                !acknowledged.isEmpty || !refused.isEmpty || heldBack >= Self.mostHeldBack),
            "ack": .strings(acknowledged),
            "setErrs": .object(
                refused.mapValues { ["err": .string($0.code), "description": .string($0.sentence)] }),
        ]
    }

    /// Takes a signal. Returns why it cannot be judged yet: one that may be good comes again.
    private func take(_ identifier: String, _ compact: String) async throws -> SignalFault? {
        do {
            try await receiver.receive(compact, from: "")
            acknowledged.append(identifier)
        } catch let fault as SignalFault {
            guard fault.status == 400 else { return fault }
            refused[identifier] = fault
        }
        return nil
    }
}

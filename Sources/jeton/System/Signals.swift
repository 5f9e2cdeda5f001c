import Dispatch
import Glibc
import Synchronization
import Tokens

/// The signals that ask the process to end: SIGTERM and SIGINT.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
final class EndSignals: @unchecked Sendable {
    private static let numbers = [SIGTERM, SIGINT]
    private let sources: [any DispatchSourceSignal]
    /// One element for each time that one arrived; several at once are one.
    private let arrivals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let sparesNext = Atomic(false)

    /// Begins to wait for them; they end the process no more by themselves.
    init() {
        (arrivals, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        sources = Self.numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for number in Self.numbers { signal(number, SIG_IGN) }
        for source in sources {
            source.setEventHandler { [weak self] in self?.raise() }
            source.resume()
        }
    }

    /// Does as if one had arrived.
    func raise() {
        if !sparesNext.exchange(false, ordering: .relaxed) { letGo() }
        continuation.yield()
    }

    /// Behind the next one another may arrive and be waited for.
    func spareNext() {
        sparesNext.store(true, ordering: .relaxed)
    }

    /// From now on one of them ends the process by itself: whoever asks again does not want to wait.
    func letGo() {
        for number in Self.numbers { signal(number, SIG_DFL) }
    }

    /// Returns when one has arrived that was not waited for before.
    func wait() async {
        for await _ in arrivals { return }
    }

    /// As ``wait()``, but for that time at most, and as the last one that waits.
    func wait(for time: TimeSpan) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: .milliseconds(time.milliseconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// The signal that asks to read anew what may change while the server runs: SIGHUP.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
final class ReloadSignal: @unchecked Sendable {
    private let source: any DispatchSourceSignal
    /// One element for each time it arrived; several at once are one.
    private let arrivals: AsyncStream<Void>

    /// Begins to wait for it. It ends the process no more, except, as though `end` had arrived, where the
    /// terminal that it was started at is gone.
    init(orEnd end: EndSignals) {
        let hadTerminal = isatty(STDIN_FILENO) == 1
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        arrivals = stream
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler {
            if hadTerminal, isatty(STDIN_FILENO) != 1 { return end.raise() }
            continuation.yield()
        }
        source.resume()
    }

    /// Calls `work` each time it arrives, until the task is cancelled.
    func forEach(_ work: () -> Void) async {
        for await _ in arrivals { work() }
    }
}

import Dispatch
import Glibc
import Synchronization
import Tokens

/// The signals that stop the process: SIGTERM and SIGINT.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
final class EndSignals: @unchecked Sendable {
    private static let numbers = [SIGTERM, SIGINT]
    private let sources: [any DispatchSourceSignal]
    /// An element for each signal; several at once are one.
    private let arrivals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let sparesNext = Atomic(false)

    /// Begins to handle the signals, which no longer end the process by themselves.
    init() {
        (arrivals, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        sources = Self.numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for number in Self.numbers { signal(number, SIG_IGN) }
        for source in sources {
            source.setEventHandler { [weak self] in self?.raise() }
            source.resume()
        }
    }

    /// Acts as if a signal had arrived.
    func raise() {
        if !sparesNext.exchange(false, ordering: .relaxed) { letGo() }
        continuation.yield()
    }

    /// Keeps handling signals after the next one, so that another can be awaited.
    func spareNext() {
        sparesNext.store(true, ordering: .relaxed)
    }

    /// Lets a further signal end the process at once.
    func letGo() {
        for number in Self.numbers { signal(number, SIG_DFL) }
    }

    /// Waits for the next signal.
    func wait() async {
        for await _ in arrivals { return }
    }

    /// Like ``wait()``, but for at most `time`. Cannot be followed by another wait.
    func wait(for time: TimeSpan) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: .milliseconds(time.milliseconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// The signal that reloads the certificate: SIGHUP.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
final class ReloadSignal: @unchecked Sendable {
    private let source: any DispatchSourceSignal
    /// An element for each signal; several at once are one.
    private let arrivals: AsyncStream<Void>

    /// Begins to handle the signal. If the terminal that the process was started at has been closed, the signal counts
    /// as one of `end`.
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

    /// Calls `work` for each signal, until the task is cancelled.
    func forEach(_ work: () -> Void) async {
        for await _ in arrivals { work() }
    }
}

import Dispatch
import Glibc

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

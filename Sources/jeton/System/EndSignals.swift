import Dispatch
import Glibc

/// The signals that ask the process to end: SIGTERM and SIGINT.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
final class EndSignals: @unchecked Sendable {
    private let sources: [any DispatchSourceSignal]
    /// Ends once one of them has arrived.
    private let arrived: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// Begins to wait for them; they end the process no more by themselves.
    init() {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        arrived = stream
        self.continuation = continuation
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // Whoever asks again does not want to wait.
                signal(SIGTERM, SIG_DFL)
                signal(SIGINT, SIG_DFL)
                continuation.finish()
            }
            source.resume()
            return source
        }
    }

    /// Does as if one had arrived.
    func raise() {
        continuation.finish()
    }

    /// Returns when one has arrived.
    func wait() async {
        for await _ in arrived {}
    }
}

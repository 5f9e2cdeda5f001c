import SQLLedger
import Synchronization

/// Prints the progress of a migration: on a terminal in one line that is rewritten, elsewhere as a line every ten
/// seconds.
final class MoveProgress: Sendable {
    private struct State {
        var phase: LedgerMigration.Progress.Phase?
        var began = (at: ContinuousClock.now, rows: Int64(0))
        var told: ContinuousClock.Instant?
    }

    private let pause: Duration
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(isQuiet: Bool, isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
        self.write = write
        pause = isTerminal ? .milliseconds(100) : .seconds(10)
    }

    /// Prints the progress, unless that was done a moment ago.
    func tell(_ progress: LedgerMigration.Progress, at now: ContinuousClock.Instant = .now) {
        guard !isQuiet, let line = line(progress, at: now) else { return }
        write(isTerminal ? "\r\u{1B}[K\(line)" : "jeton: \(line)\n")
    }

    /// Ends the terminal's line.
    func end() {
        if isTerminal, state.withLock({ $0.told != nil }) { write("\n") }
    }

    private func line(_ progress: LedgerMigration.Progress, at now: ContinuousClock.Instant) -> String? {
        let began: (at: ContinuousClock.Instant, rows: Int64)? = state.withLock { state in
            if state.phase != progress.phase {
                (state.phase, state.began) = (progress.phase, (now, progress.rows))
            } else if let told = state.told, now < told + pause {
                return nil
            }
            state.told = now
            return state.began
        }
        guard let began else { return nil }
        let milliseconds = (now - began.at) / .milliseconds(1)
        let rate = milliseconds < 100 ? nil : Int64(Double(progress.rows - began.rows) / milliseconds * 1000)
        return "\(progress.phase.words) \(progress.table): \(progress.rows) of \(progress.total) rows "
            + "(\(progress.percent) %)" + (rate.map { ", \($0) per second" } ?? "")
    }
}

extension LedgerMigration.Progress.Phase {
    fileprivate var words: String {
        switch self {
        case .comparing: "comparing rows of an earlier run,"
        case .copying: "copying"
        case .verifying: "verifying"
        }
    }
}

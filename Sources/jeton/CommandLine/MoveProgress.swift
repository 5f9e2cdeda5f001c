import Ledger
import Synchronization

/// Tells a person how far a move is: on a terminal by a line that moves on, elsewhere by a line now and then.
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

    /// Takes in how far it is, and writes it where that was not told lately.
    func tell(_ progress: LedgerMigration.Progress, at now: ContinuousClock.Instant = .now) {
        guard !isQuiet, let line = line(progress, at: now) else { return }
        write(isTerminal ? "\r\u{1B}[K\(line)" : "jeton: \(line)\n")
    }

    /// Leaves the terminal's line.
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
            + "(\(progress.percent) %)" + (rate.map { ", \($0) a second" } ?? "")
    }
}

extension LedgerMigration.Progress.Phase {
    fileprivate var words: String {
        switch self {
        case .comparing: "compares what was moved before,"
        case .copying: "copies"
        case .verifying: "verifies"
        }
    }
}

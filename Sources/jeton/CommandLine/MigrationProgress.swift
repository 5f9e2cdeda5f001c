import SQLLedger
import Synchronization

/// Prints the progress of a migration: on a terminal in one line that is rewritten, elsewhere as a line every ten
/// seconds.
final class MigrationProgress: Sendable {
    private struct Display {
        var stage: LedgerMigration.Progress.Stage?
        var began = (at: ContinuousClock.now, rows: Int64(0))
        var printedAt: ContinuousClock.Instant?
    }

    private let pause: Duration
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let write: @Sendable (String) -> Void
    private let latest = Mutex(Display())

    init(isQuiet: Bool, isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
        self.write = write
        pause = isTerminal ? .milliseconds(100) : .seconds(10)
    }

    /// Prints the progress, unless that was done a moment ago.
    func report(_ progress: LedgerMigration.Progress, at now: ContinuousClock.Instant = .now) {
        guard !isQuiet, let line = line(progress, at: now) else { return }
        write(isTerminal ? "\r\u{1B}[K\(line)" : "jeton: \(line)\n")
    }

    /// Ends the terminal's line.
    func end() {
        if isTerminal, latest.withLock({ $0.printedAt != nil }) { write("\n") }
    }

    private func line(_ progress: LedgerMigration.Progress, at now: ContinuousClock.Instant) -> String? {
        let began: (at: ContinuousClock.Instant, rows: Int64)? = latest.withLock { latest in
            if latest.stage != progress.stage {
                (latest.stage, latest.began) = (progress.stage, (now, progress.rows))
            } else if let printedAt = latest.printedAt, now < printedAt + pause {
                return nil
            }
            latest.printedAt = now
            return latest.began
        }
        guard let began else { return nil }
        let milliseconds = (now - began.at) / .milliseconds(1)
        let rate = milliseconds < 100 ? nil : Int64(Double(progress.rows - began.rows) / milliseconds * 1000)
        return "\(progress.stage.words) \(progress.table): \(progress.rows) of \(progress.total) rows "
            + "(\(progress.percent) %)" + (rate.map { ", \($0) per second" } ?? "")
    }
}

extension LedgerMigration.Progress.Stage {
    fileprivate var words: String {
        switch self {
        case .comparing: "comparing rows of an earlier run,"
        case .copying: "copying"
        case .verifying: "verifying"
        }
    }
}

import Ledger

/// Tells a person how far a move is: on a terminal by a line that moves on, elsewhere by a line now and then.
struct MoveProgress {
    private let pause: Duration
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var phase: LedgerMove.Progress.Phase?
    private var began = (at: ContinuousClock.now, rows: Int64(0))
    private var told: ContinuousClock.Instant?

    init(isQuiet: Bool, isTerminal: Bool, write: @escaping (String) -> Void) {
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
        self.write = write
        pause = isTerminal ? .milliseconds(100) : .seconds(10)
    }

    /// Takes in how far it is, and writes it where that was not told lately.
    mutating func tell(_ progress: LedgerMove.Progress, at now: ContinuousClock.Instant = .now) {
        guard !isQuiet else { return }
        if phase != progress.phase {
            (phase, began) = (progress.phase, (now, progress.rows))
        } else if let told, progress.rows < progress.total, now < told + pause {
            return
        }
        told = now
        let line = line(progress, at: now)
        write(isTerminal ? "\r\u{1B}[K\(line)" : "jeton: \(line)\n")
    }

    /// Leaves the terminal's line.
    mutating func end() {
        if isTerminal, told != nil { write("\n") }
        told = nil
    }

    private func line(_ progress: LedgerMove.Progress, at now: ContinuousClock.Instant) -> String {
        let milliseconds = (now - began.at) / .milliseconds(1)
        let rate = milliseconds < 100 ? nil : Int64(Double(progress.rows - began.rows) / milliseconds * 1000)
        return "\(progress.phase.words) \(progress.table): \(progress.rows) of \(progress.total) rows "
            + "(\(progress.percent) %)" + (rate.map { ", \($0) a second" } ?? "")
    }
}

extension LedgerMove.Progress.Phase {
    fileprivate var words: String {
        switch self {
        case .comparing: "compares what was moved before,"
        case .copying: "copies"
        case .verifying: "verifies"
        }
    }
}

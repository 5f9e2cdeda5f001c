internal import Memory
internal import Synchronization

/// How far an index is with reading the ledger.
final class Loading: Sendable {
    private let expected = Atomic(0)
    private let done = Atomic(0)
    private let whole: Atomic<Bool>
    /// What was read and is not in the index yet.
    let batch = Mutex<[(key: Words, words: Words)]>([])

    /// How many tokens are taken in at a time.
    static let batchSize = 256

    init(isWhole: Bool) {
        whole = Atomic(isWhole)
    }

    /// Whether all that the ledger held is in the index.
    var isWhole: Bool { whole.load(ordering: .acquiring) }

    var progress: LoadingProgress {
        LoadingProgress(
            read: done.load(ordering: .relaxed), of: expected.load(ordering: .relaxed), isWhole: isWhole)
    }

    func begin(_ count: Int) {
        expected.store(count, ordering: .relaxed)
        done.store(0, ordering: .relaxed)
    }

    func add(_ count: Int) {
        done.wrappingAdd(count, ordering: .relaxed)
    }

    func end() {
        whole.store(true, ordering: .releasing)
    }
}

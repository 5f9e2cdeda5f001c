internal import Memory
internal import Synchronization
internal import Tokens

/// The subjects as they now are, numbered in the order in which they were first mentioned.
final class SubjectTable: Sendable {
    private let numbers = Mutex<[SubjectID: UInt32]>([:])
    private let versions = WordArray()
    private let shards = (0..<64).map { _ in SubjectShard() }

    /// Every 64th of the subjects, so that replacing one hardly delays readers of others.
    private final class SubjectShard: Sendable {
        let subjects = Mutex<[Subject?]>([])
    }

    private let accounts = Atomic(0)

    /// How many subjects there are, service accounts among them.
    var count: Int { numbers.withLock(\.count) }
    var countOfAccounts: Int { accounts.load(ordering: .relaxed) }

    /// The number of a subject, which need not be known yet.
    func number(of id: SubjectID) -> UInt32 {
        numbers.withLock { numbers in
            if let number = numbers[id] { return number }
            versions.grow(toHold: numbers.count + 1)
            let number = UInt32(numbers.count)
            numbers[id] = number
            return number
        }
    }

    /// A version that grows whenever the subject changes. Takes no lock.
    ///
    /// It grows after the subject is replaced and before the change is answered. So a result computed from a
    /// subject that was read after its version is valid while the version stays the same.
    func version(of number: UInt32) -> UInt64 { versions.load(at: Int(number)) }

    /// Has the processor fetch that version.
    func prefetchVersion(of number: UInt32) { versions.prefetch(at: Int(number)) }

    func subject(_ number: UInt32) -> Subject? {
        shards[Int(number & 63)].subjects.withLock { subjects in
            let position = Int(number >> 6)
            return position < subjects.count ? subjects[position] : nil
        }
    }

    func subject(_ id: SubjectID) -> Subject? {
        numbers.withLock { $0[id] }.flatMap(subject)
    }

    /// Stores a subject as it now is; with `unlessKnown`, only where there is none.
    func set(_ subject: Subject, unlessKnown: Bool = false) {
        let number = number(of: subject.id)
        shards[Int(number & 63)].subjects.withLock { subjects in
            let position = Int(number >> 6)
            if position >= subjects.count {
                subjects.append(contentsOf: repeatElement(nil, count: position + 1 - subjects.count))
            }
            if unlessKnown, subjects[position] != nil { return }
            // No subject ever becomes one, or stops being one.
            if subjects[position] == nil, !subject.isPerson { accounts.add(1, ordering: .relaxed) }
            subjects[position] = subject
            versions.increment(at: Int(number))
        }
    }
}

internal import Memory
internal import Synchronization
internal import Tokens

/// All subjects as they now are, each by a number of its own.
final class SubjectTable: Sendable {
    private let numbers = Mutex<[SubjectID: UInt32]>([:])
    private let versions = WordArray()
    private let stripes = (0..<64).map { _ in Stripe() }

    /// Every 64th of the subjects, so that who changes one holds up hardly anybody.
    private final class Stripe: Sendable {
        let subjects = Mutex<[Subject?]>([])
    }

    /// How many there are.
    var count: Int { numbers.withLock(\.count) }

    /// The number of that subject, which need not be known yet.
    func number(of id: SubjectID) -> UInt32 {
        numbers.withLock { numbers in
            if let number = numbers[id] { return number }
            versions.grow(toHold: numbers.count + 1)
            let number = UInt32(numbers.count)
            numbers[id] = number
            return number
        }
    }

    /// What changes whenever that subject does, and never comes back. Waits for nobody.
    ///
    /// It changes after the subject and before anybody is told: what was made of the subject after the version
    /// was read is good for as long as that stays.
    func version(of number: UInt32) -> UInt64 { versions.load(at: Int(number)) }

    /// The subject of that number, where it is known.
    func subject(_ number: UInt32) -> Subject? {
        stripes[Int(number & 63)].subjects.withLock { subjects in
            let place = Int(number >> 6)
            return place < subjects.count ? subjects[place] : nil
        }
    }

    /// The subject of that identifier, where it is known.
    func subject(_ id: SubjectID) -> Subject? {
        numbers.withLock { $0[id] }.flatMap(subject)
    }

    /// Takes in a subject as it now is; where `unlessKnown`, only one that is not known.
    func set(_ subject: Subject, unlessKnown: Bool = false) {
        let number = number(of: subject.id)
        stripes[Int(number & 63)].subjects.withLock { subjects in
            let place = Int(number >> 6)
            if place >= subjects.count {
                subjects.append(contentsOf: repeatElement(nil, count: place + 1 - subjects.count))
            }
            if unlessKnown, subjects[place] != nil { return }
            subjects[place] = subject
            versions.increment(at: Int(number))
        }
    }
}

import HTTPServer
import Tokens

/// A service, with what is answered there again and again made ready.
final class GuardedService: Sendable {
    let service: Service
    /// Tells it from the gate's other services.
    let number: UInt32
    /// Tells it from services that are told other groups; those that are told all are one.
    let telling: UInt32
    /// The name, as it stands in addresses.
    let name: [UInt8]
    /// Where its verdicts are counted.
    let row: VerdictCounts.Row
    /// The answer to who reads without a token, where everybody may.
    let anonymous: PreparedResponse
    private let refusals: [Denial: PreparedResponse]

    init(_ service: Service, number: Int, answers: VerifyResponses, row: VerdictCounts.Row) {
        self.service = service
        self.number = UInt32(number)
        telling = service.tellGroups == nil ? 0 : UInt32(number) + 1
        self.row = row
        anonymous = PreparedResponse(answers.grantAnonymously())
        name = Array(service.name.text.utf8)
        var refusals: [Denial: PreparedResponse] = [:]
        for denial in Denial.allCases where !denial.hasParticulars {
            // Of these none says what was asked for.
            refusals[denial] = PreparedResponse(answers.refuse(denial, service: service, access: .read))
        }
        self.refusals = refusals
    }

    /// The refusal, where it is always the same.
    func refusal(_ denial: Denial) -> PreparedResponse? { refusals[denial] }
}

extension Denial {
    /// Whether what is told of it depends on more than the service.
    fileprivate var hasParticulars: Bool {
        switch self {
        case .addressNotAllowed, .insufficientScope, .tooManyPasswords: true
        default: false
        }
    }
}

/// The services by name, found without a copy of it.
struct GuardedServices: Sendable {
    private let sorted: [GuardedService]

    /// Those services, which have a name each.
    init(_ services: some Sequence<Service>, answers: VerifyResponses, verdicts: VerdictCounts) {
        sorted = services.sorted { $0.name < $1.name }.enumerated().map { number, service in
            GuardedService(
                service, number: number, answers: answers, row: verdicts.row(of: service.name))
        }
    }

    /// The service of that name.
    func named(_ name: Span<UInt8>) -> GuardedService? {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if name.follows(sorted[middle].name) { low = middle + 1 } else { high = middle }
        }
        guard low < sorted.count, name.isSame(as: sorted[low].name) else { return nil }
        return sorted[low]
    }
}

extension Span<UInt8> {
    /// Whether it comes behind `other` by its bytes.
    fileprivate func follows(_ other: [UInt8]) -> Bool {
        for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] > other[index]
        }
        return count > other.count
    }
}

import HTTPServer
import Tokens

/// A service with its constant responses prepared.
final class GuardedService: Sendable {
    let service: Service
    /// Its index among the gate's services.
    let number: UInt32
    /// The UTF-8 of the name, to compare with paths.
    let name: [UInt8]
    let row: VerdictCounts.CounterRow
    /// The response to an anonymous read.
    let anonymous: PreparedResponse
    private let refusals: [Access: [Denial: PreparedResponse]]

    init(_ service: Service, number: Int, responses: VerifyResponses, row: VerdictCounts.CounterRow) {
        self.service = service
        self.number = UInt32(number)
        self.row = row
        anonymous = PreparedResponse(responses.grantAnonymously())
        name = Array(service.name.text.utf8)
        var refusals: [Access: [Denial: PreparedResponse]] = [:]
        for access in Access.allCases {
            for denial in Denial.allCases where !denial.hasParticulars {
                refusals[access, default: [:]][denial] = PreparedResponse(
                    responses.refuse(denial, service: service, access: access))
            }
        }
        self.refusals = refusals
    }

    /// The prepared response, for denials that need nothing but the service and the access.
    func refusal(_ denial: Denial, _ access: Access) -> PreparedResponse? { refusals[access]?[denial] }
}

extension Denial {
    /// Whether its text depends on more than the service and the access.
    fileprivate var hasParticulars: Bool {
        switch self {
        case .addressNotAllowed, .insufficientScope, .paused, .policy, .tooManyPasswords: true
        default: false
        }
    }
}

/// The services, found by name without allocating.
struct GuardedServices: Sendable {
    private let sorted: [GuardedService]

    /// The names must be unique.
    init(_ services: some Sequence<Service>, responses: VerifyResponses, verdicts: VerdictCounts) {
        sorted = services.sorted { $0.name < $1.name }.enumerated().map { number, service in
            GuardedService(
                service, number: number, responses: responses, row: verdicts.row(of: service.name))
        }
    }

    /// Binary search by bytes.
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
    /// Whether it sorts after `other`, by bytes.
    fileprivate func follows(_ other: [UInt8]) -> Bool {
        for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] > other[index]
        }
        return count > other.count
    }
}

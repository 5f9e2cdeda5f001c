import HTTPServer
import Tokens

/// A service, with what is answered there again and again made ready.
final class GuardedService: Sendable {
    let service: Service
    /// The name, as it stands in addresses.
    let name: [UInt8]
    private let refusals: [Refusal: PreparedResponse]

    private struct Refusal: Hashable {
        let denial: Denial
        let access: Access
    }

    init(_ service: Service, answers: Answers) {
        self.service = service
        name = Array(service.name.text.utf8)
        var refusals: [Refusal: PreparedResponse] = [:]
        for denial in Denial.allCases where !denial.hasParticulars {
            for access in Access.allCases {
                refusals[Refusal(denial: denial, access: access)] = PreparedResponse(
                    answers.refuse(denial, service: service, access: access))
            }
        }
        self.refusals = refusals
    }

    /// The refusal, where it is always the same.
    func refusal(_ denial: Denial, _ access: Access) -> PreparedResponse? {
        refusals[Refusal(denial: denial, access: access)]
    }
}

extension Denial {
    /// Whether what is told of it depends on more than the service and the access.
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

    /// Those services; the first of each name.
    init(_ services: [Service], answers: Answers) {
        var names: Set<ServiceName> = []
        sorted =
            services.filter { names.insert($0.name).inserted }.sorted { $0.name < $1.name }
            .map { GuardedService($0, answers: answers) }
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

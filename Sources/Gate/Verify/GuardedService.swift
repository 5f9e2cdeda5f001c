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
    private let all: [GuardedService]
    /// A hash table of places in `all`, counted from 1; half of it at most is used.
    private let places: [UInt32]

    /// The names must be unique.
    init(_ services: some Sequence<Service>, responses: VerifyResponses, verdicts: VerdictCounts) {
        all = services.sorted { $0.name < $1.name }.enumerated().map { number, service in
            GuardedService(
                service, number: number, responses: responses, row: verdicts.row(of: service.name))
        }
        var size = 2
        while size < all.count * 2 { size *= 2 }
        var places = [UInt32](repeating: 0, count: size)
        for (index, guarded) in all.enumerated() {
            let name = guarded.name
            var place = Int(truncatingIfNeeded: name.span.mark) & (size - 1)
            while places[place] != 0 { place = (place + 1) & (size - 1) }
            places[place] = UInt32(index + 1)
        }
        self.places = places
    }

    func named(_ name: Span<UInt8>) -> GuardedService? {
        var place = Int(truncatingIfNeeded: name.mark) & (places.count - 1)
        while places[place] != 0 {
            let found = all[Int(places[place]) - 1]
            if name.isSame(as: found.name) { return found }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }
}

extension Span<UInt8> {
    /// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
    var mark: UInt64 {
        var mark: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in indices { mark = (mark ^ UInt64(self[index])) &* 0x100_0000_01B3 }
        return mark
    }
}

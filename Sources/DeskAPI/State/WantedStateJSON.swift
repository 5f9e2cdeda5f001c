import Desk
import HTTPServer
import JSON
import Tokens

extension WantedState {
    /// Reads the body of a request, and adds the faults of what is in its lists. Throws a ``Problem`` for others.
    init(_ request: Request, _ faults: inout [StatePlan.Remark]) throws(Problem) {
        var body = try JSONBody(request)
        self.init()
        accounts = body.objects("accounts").enumerated().compactMap { index, object in
            Self.read(object, at: "/accounts/\(index)", &faults) { (body, place, faults) in
                Account(&body, at: place, &faults)
            }
        }
        groups = body.objects("groups").enumerated().compactMap { index, object in
            Self.read(object, at: "/groups/\(index)", &faults) { (body, _, _) in
                Group(name: body.requiredString("name"), members: body.strings("members"))
            }
        }
        prunes = Set(body.words("prune", of: Kind.allCases.map(\.rawValue)).compactMap(Kind.init))
        try body.finish()
    }

    /// Reads an object with `make`, and adds its faults with their places; `nil` where it has any.
    fileprivate static func read<Value>(
        _ object: [String: JSONValue], at place: String, _ faults: inout [StatePlan.Remark],
        _ make: (inout JSONBody, String, inout [StatePlan.Remark]) -> Value
    ) -> Value? {
        var body = JSONBody(object)
        let value = make(&body, place, &faults)
        do throws(Problem) {
            try body.finish()
            return value
        } catch {
            faults += error.faults.map { .init(place: "\(place)/\($0.field)", fault: $0) }
            return nil
        }
    }
}

extension WantedState.Account {
    fileprivate init(_ body: inout JSONBody, at place: String, _ faults: inout [StatePlan.Remark]) {
        self.init(login: body.requiredString("login"))
        if body.has("title") { title = body.optionalString("title") ?? "" }
        if body.has("purpose") { purpose = body.optionalString("purpose") ?? "" }
        if body.has("owners") { owners = body.strings("owners") }
        if body.has("stewards") { stewards = body.strings("stewards") }
        if body.has("groups") { groups = body.strings("groups") }
        if body.has("services") { services = body.strings("services") }
        if body.has("addresses") { addresses = body.strings("addresses") }
        if body.has("review_on") {
            review = body.day("review_on").map(WantedState.Review.on) ?? WantedState.Review.none
        }
        if body.has("suspended") { isSuspended = body.bool("suspended") }
        guard body.has("tokens") else { return }
        tokens = body.objects("tokens").enumerated().compactMap { index, object in
            WantedState.read(object, at: "\(place)/tokens/\(index)", &faults) { (body, _, _) in
                WantedState.Token(&body)
            }
        }
    }
}

extension WantedState.Token {
    fileprivate init(_ body: inout JSONBody) {
        let name = body.requiredString("name")
        let scopes = body.requiredStrings("scopes")
        self.init(name: name, scopes: scopes)
        if body.has("addresses") { addresses = body.strings("addresses") }
        let choice = body.expiryChoice("expires_at")
        expiry = choice.isNever ? .never : choice.end.map { .at($0) }
    }
}

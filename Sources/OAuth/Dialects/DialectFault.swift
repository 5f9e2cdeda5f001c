import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Why an endpoint of a registry's client refuses. Each dialect writes it in its own form.
enum DialectFault: Error {
    /// The proxy's configuration names a service that is not configured here.
    case noSuchService(String)
    /// It is switched off, so that the client goes on in another way.
    case switchedOff(String)
    /// The request lacks something, or something in it is wrong.
    case invalid(String)
    /// Too much waits already.
    case busy(String)
    case trade(TradeFault)
    case ledger(LedgerError)

    /// The status of the response (RFC 9110).
    var status: Int {
        switch self {
        // Not 404, which says that the registry does not have this: the proxy's configuration is wrong.
        case .noSuchService: 500
        case .switchedOff: 404
        case .invalid: 400
        case .trade(let fault) where fault.isTemporary: 503
        case .trade(.identity), .trade(.noRule), .trade(.scope), .trade(.target), .trade(.inactive),
            .trade(.used), .trade(.needsApproval):
            422
        case .busy, .trade(.tooMany): 429
        case .trade(.ledger), .ledger: 503
        }
    }

    /// For people, without a full stop.
    var sentence: String {
        switch self {
        case .noSuchService(let name):
            "the proxy asks for the service “\(name.oneLine.beginning(bytes: 60))”, which is not configured at the token desk: "
                + "ask its operator"
        case .switchedOff(let sentence), .invalid(let sentence), .busy(let sentence): sentence
        case .trade(let fault): fault.description
        case .ledger: "the token desk cannot do this right now: try again in a moment"
        }
    }

    /// The ledger's failure behind it, for the log.
    private var failure: LedgerError? {
        switch self {
        case .ledger(let error), .trade(.ledger(let error)): error
        case .noSuchService, .switchedOff, .invalid, .busy, .trade: nil
        }
    }

    /// The response to what a handler of a dialect threw. `body` writes the fault as the dialect does; `statuses` has those
    /// that its clients expect instead.
    static func answer(
        _ error: any Error, instead statuses: [Int: Int] = [:], body: (DialectFault) -> JSONValue
    ) throws -> Response {
        guard let fault = error as? DialectFault else { throw error }
        var response = Response.unstored(body(fault), status: statuses[fault.status] ?? fault.status)
        if fault.status == 503 || fault.status == 429 { response.headers["Retry-After"] = "5" }
        if let failure = fault.failure { throw Failure(response, reason: failure.description) }
        return response
    }
}

extension Request {
    /// The member of the JSON object in the body. Throws ``DialectFault/invalid(_:)`` where it is no string.
    func dialectMember(_ name: String) throws(DialectFault) -> String {
        guard let text = (try? JSONValue(parsing: body))?[name]?.string, !text.isEmpty else {
            throw .invalid("send a JSON object with the string “\(name)”")
        }
        return text
    }
}

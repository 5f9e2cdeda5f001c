import Desk
import HTTPServer
import JSON
import Tokens

/// Receipts: when each node refuses what was revoked or paused.
extension TokensAPI {
    /// The response to a change with its number, under which its receipt can be read. With `wait=all` it is answered only
    /// when the change is in force on every node; with 202 where one still has not confirmed it.
    func receipted(_ response: Response, _ request: Request) async throws -> Response {
        var response = response
        let wait = request.queryItems["wait"]
        guard wait == nil || wait == "all" else {
            throw Problem.invalidQuery("wait", "must be all")
        }
        guard wait == "all" else {
            response.headers["X-Jeton-Change"] = String(desk.latestChange)
            return response
        }
        do throws(DeskFault) {
            let receipt = try await desk.wholeReceipt()
            response.headers["X-Jeton-Change"] = String(receipt.change)
            response.headers["X-Jeton-Nodes"] = "\(receipt.confirmed.count)/\(receipt.nodes.count)"
            if !receipt.isInForce { response.status = 202 }
        } catch {
            throw Problem.notConfirmed
        }
        return response
    }

    func receipt(of number: String) async throws -> Response {
        guard let change = Int64(number), change >= 0 else { throw Problem.notFound }
        return Response(
            .json, JSONValue(try await desk.receipt(of: change)).text + "\n",
            headers: ["Cache-Control": "no-store"])
    }
}

extension JSONValue {
    init(_ receipt: Receipt) {
        self = .object([
            "change": .integer(receipt.change), "in_force": .bool(receipt.isInForce),
            "nodes": .integer(Int64(receipt.nodes.count)),
            "confirmed": .integer(Int64(receipt.confirmed.count)),
            "stale": .integer(Int64(receipt.stale.count)),
            "after_ms": receipt.delay.map { .integer($0.milliseconds) } ?? .null,
        ])
    }
}

extension Problem {
    fileprivate static let notConfirmed = Problem(
        status: 503, kind: "not-confirmed", title: "The change was made, but not confirmed",
        detail:
            "The database could not be asked which nodes know of it. A node that cannot reach it grants nothing."
    )
}

import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// A request's way: head, body, answer.
extension Daemon {
    /// Called once with the head, for each piece of the body, once when the request is complete, and
    /// again after a handler was waited for.
    func handle(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        switch connection.exchange.phase {
        case .head: return takeHead(call, connection)
        case .body:
            if call.uploadSize.pointee > 0 { return takeBody(call, connection) }
            connection.exchange.phase = .answer
            return answer(call, connection)
        case .answer:
            guard let outcome = connection.takeOutcome() else { return .NO }
            return reply(call, connection, outcome)
        }
    }

    /// The request is answered, or its connection is lost.
    func finish(_ connection: Connection) {
        release(connection)
        connection.exchange.reset()
        connection.deadline.store(newDeadline, ordering: .relaxed)
        connection.isBusy.store(false, ordering: .releasing)
    }

    /// Refuses what must not be read any further: an answer given here closes the connection.
    private func takeHead(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        connection.isBusy.store(true, ordering: .relaxed)
        connection.exchange.began = MonotonicTime.now
        connection.deadline.store(connection.exchange.began + patience, ordering: .relaxed)
        let checked = withHead(of: call, connection) { head in
            HeadCheck.check(call, head, headerBytes: limits.headerBytes)
        }
        switch checked {
        case .failure(let refusal):
            return leavesNoRoom(call)
                ? answerAtOnce(Outcome(response: refusal.response), call, connection)
                : refuse(refusal, call, connection)
        case .success(let framing):
            guard connection.exchange.makeOriginForm() else {
                return refuse(.malformed("the request target is no path"), call, connection)
            }
            let hasBody = framing.length != 0
            let taken = hasBody ? withHead(of: call, connection) { application.limits($0) } : nil
            let limit = min(taken?.bodyBytes ?? limits.bodyBytes, limits.bodyBytes)
            let most = framing.expectsContinue ? limit : limit * 8
            if let length = framing.length, length > most {
                return refuse(.bodyTooLarge(limit: limit), call, connection)
            }
            connection.exchange.phase = .body
            connection.exchange.isChunked = framing.length == nil
            connection.exchange.bodyLimit = limit
            connection.exchange.keepsBody = taken != nil
            return .YES
        }
    }

    /// How much is read and thrown away of a body that does not say how large it is: closing on a client that still
    /// writes would reset the connection before it has read why. The same holds for a body that says that it is up to
    /// eight times too large.
    private var drainLimit: Int { limits.bodyBytes * 8 }

    private func takeBody(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        let count = call.uploadSize.pointee
        call.uploadSize.pointee = 0
        connection.exchange.bodyCount += count
        if connection.exchange.bodyCount <= connection.exchange.bodyLimit {
            keep(UnsafeRawBufferPointer(start: call.upload, count: count), connection)
            return .YES
        }
        connection.exchange.body = []
        release(connection)
        // libmicrohttpd takes no answer while it reads a body; there is only closing.
        return connection.exchange.bodyCount <= drainLimit ? .YES : .NO
    }

    /// Keeps a piece of the body where somebody reads it and there is memory for it.
    private func keep(_ piece: UnsafeRawBufferPointer, _ connection: Connection) {
        guard connection.exchange.keepsBody, !connection.exchange.isCrowded else { return }
        let counted = max(connection.exchange.bodyCount - MemoryBudget.free, 0) - connection.exchange.held
        guard memoryBudget.take(counted) else {
            connection.exchange.isCrowded = true
            connection.exchange.body = []
            return release(connection)
        }
        connection.exchange.held += counted
        connection.exchange.body.append(contentsOf: piece)
    }

    /// Gives back what the request at hand held of the budget.
    func release(_ connection: Connection) {
        guard connection.exchange.held > 0 else { return }
        memoryBudget.give(connection.exchange.held)
        connection.exchange.held = 0
    }

    /// Answers at once where a direct handler can, and else suspends the connection for the router.
    private func answer(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        guard connection.exchange.bodyCount <= connection.exchange.bodyLimit else {
            return refuse(.bodyTooLarge(limit: connection.exchange.bodyLimit), call, connection)
        }
        if connection.exchange.isCrowded { return refuse(.crowded, call, connection) }
        if let prepared = withHead(of: call, connection, { application.answer($0) }) {
            return reply(call, connection, Outcome(prepared, isHandled: true))
        }
        let body = connection.exchange.body
        let (request, isUrgent) = withHead(of: call, connection) {
            (Request($0, body: body), application.isUrgent($0))
        }
        if !isUrgent, !places.enter() { return refuse(.crowded, call, connection) }
        let isSuspended = connection.suspend(unless: isClosed, urgent: isUrgent) { [application, places] in
            defer { if !isUrgent { places.leave() } }
            return isUrgent
                ? await application.urgentOutcome(of: request) : await application.outcome(of: request)
        }
        if isSuspended { return .YES }
        if !isUrgent { places.leave() }
        return refuse(.stopping, call, connection)
    }

    private func refuse(_ refusal: Refusal, _ call: AccessCall, _ connection: Connection) -> MHD_Result {
        reply(call, connection, Outcome(response: refusal.response))
    }

    private func reply(
        _ call: AccessCall, _ connection: Connection, _ outcome: Outcome
    ) -> MHD_Result {
        // The client has to read it in time, too.
        connection.deadline.store(newDeadline, ordering: .relaxed)
        guard hasRoom(for: outcome.prepared, to: call) else { return answerAtOnce(outcome, call, connection) }
        let outcome = reserve(outcome, connection) ? outcome : Outcome(response: Refusal.crowded.response)
        // libmicrohttpd 0.9 reads chunks leniently, and where they end another server may see otherwise:
        // what follows them is then not the next request of this connection (RFC 9112, section 11.2).
        let closing = isDraining.load(ordering: .relaxed) || connection.exchange.isChunked
        let result = outcome.prepared.queue(on: call.handle, closing: closing)
        note(
            result == .YES ? outcome : outcome.failing("libmicrohttpd did not take the answer"), call,
            connection)
        return result
    }

    /// Counts what waits to be sent; `false` where there is no memory for it.
    private func reserve(_ outcome: Outcome, _ connection: Connection) -> Bool {
        let counted = outcome.response.body.count - MemoryBudget.free
        guard counted > 0 else { return true }
        guard memoryBudget.take(counted) else { return false }
        connection.exchange.held += counted
        return true
    }

    /// Logs an answer, and counts it.
    func note(_ outcome: Outcome, _ call: AccessCall, _ connection: Connection) {
        if let log, !log.leavesOut(outcome, target: connection.exchange.target) {
            let taken = MonotonicTime.now - connection.exchange.began
            withHead(of: call, connection) { log.record($0, outcome, nanoseconds: taken) }
        }
        if let route = figures?.count(connection.exchange.target, outcome, shard: connection.shard) {
            let taken = MonotonicTime.now - connection.exchange.began
            figures?.add(taken, of: route, shard: connection.shard)
        }
    }

    private func withHead<Result>(
        of call: AccessCall, _ connection: Connection, _ body: (borrowing RequestHead) -> Result
    ) -> Result {
        // A reference of its own to the target: `body` may change the exchange.
        let target = connection.exchange.target
        return call.withHead(target: target, peer: connection.peer, shard: connection.shard, body)
    }
}

extension Request {
    /// A request with a head read into memory.
    init(_ head: borrowing RequestHead, body: [UInt8]) {
        var headers = Headers()
        let fields = head.fields
        for index in fields.indices {
            headers.add(fields.name(at: index).text, fields.value(at: index).trimmed.text)
        }
        self.init(head.method.text, head.target.text, headers: headers, body: body, peer: head.peer)
    }
}

extension RequestProgress {
    /// Brings the target into origin form (RFC 9112, section 3.2): a path with an optional query.
    /// Returns `false` for any other form than that and `http://host/path`, and for control characters.
    mutating func makeOriginForm() -> Bool {
        guard target.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        if target.first == UInt8(ascii: "/") { return true }
        let told = target
        guard let behind = told.span.behindAuthority else { return false }
        // A target without a path means the root.
        let path = behind.copied
        target = path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
        return true
    }
}

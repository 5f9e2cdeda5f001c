import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// Handles a request: its head, its body, its response.
extension Daemon {
    /// The access handler. libmicrohttpd calls it with the head, with each piece of the body, at the end of the request,
    /// and again after a suspended connection was resumed.
    func handle(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        switch connection.exchange.step {
        case .head: return takeHead(call, connection)
        case .body:
            if call.uploadSize.pointee > 0 { return takeBody(call, connection) }
            connection.exchange.step = .answer
            connection.exchange.isRead = true
            return answer(call, connection)
        case .answer:
            guard let outcome = connection.takeOutcome() else { return .NO }
            return reply(call, connection, outcome)
        }
    }

    /// Called after the response was sent, or the connection lost.
    func finish(_ connection: Connection) {
        release(connection)
        if let block = connection.exchange.block.take() { connection.blocks.give(block) }
        connection.exchange.reset()
        connection.deadline.store(newDeadline, ordering: .relaxed)
        connection.isBusy.store(false, ordering: .releasing)
    }

    /// Checks the head. A response at this point closes the connection, so only requests are refused here that must not
    /// be read any further.
    private func takeHead(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        connection.isBusy.store(true, ordering: .relaxed)
        connection.exchange.began = MonotonicTime.now
        connection.deadline.store(connection.exchange.began + patience, ordering: .relaxed)
        connection.head.takeFields(of: call.handle)
        let size = connection.head.size
        let checked = withHead(of: call, connection) { head in
            HeadCheck.check(call, head, size: size, headerBytes: limits.headerBytes)
        }
        switch checked {
        case .failure(let refusal):
            return leavesNoRoom(connection.head)
                ? answerAtOnce(ServedResponse(response: refusal.response), call, connection)
                : refuse(refusal, call, connection)
        case .success(let framing):
            guard connection.head.makeOriginForm() else {
                return refuse(.malformed("the request target is no path"), call, connection)
            }
            let hasBody = framing.length != 0
            let taken = hasBody ? withHead(of: call, connection) { application.limits($0) } : nil
            let limit = min(taken?.bodyBytes ?? limits.bodyBytes, limits.bodyBytes)
            let most = framing.expectsContinue ? limit : limit * 8
            if let length = framing.length, length > most {
                return refuse(.bodyTooLarge(limit: limit), call, connection)
            }
            connection.exchange.step = .body
            connection.exchange.isChunked = framing.length == nil
            connection.exchange.bodyLimit = limit
            connection.exchange.keepsBody = taken != nil
            return .YES
        }
    }

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
        if connection.exchange.bodyCount <= limits.drainedBytes { return .YES }
        // libmicrohttpd accepts no response while it reads a body.
        let refusal = ServerRefusal.bodyTooLarge(limit: connection.exchange.bodyLimit)
        return answerAtOnce(ServedResponse(response: refusal.response), call, connection)
    }

    /// Appends a piece of the body, if the route reads it and the budget allows it.
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

    /// Releases the request's share of the memory budget.
    func release(_ connection: Connection) {
        guard connection.exchange.held > 0 else { return }
        memoryBudget.give(connection.exchange.held)
        connection.exchange.held = 0
    }

    /// Asks the direct handlers, else suspends the connection and starts a task for the other handlers and the router.
    private func answer(_ call: AccessCall, _ connection: Connection) -> MHD_Result {
        guard connection.exchange.bodyCount <= connection.exchange.bodyLimit else {
            return refuse(.bodyTooLarge(limit: connection.exchange.bodyLimit), call, connection)
        }
        if connection.exchange.isCrowded { return refuse(.crowded, call, connection) }
        if let prepared = withHead(of: call, connection, { application.answer($0) }) {
            return reply(call, connection, ServedResponse(prepared, isHandled: true))
        }
        let body = connection.exchange.body
        let (request, isUrgent) = withHead(of: call, connection) {
            (Request($0, body: body), application.isUrgent($0))
        }
        if !isUrgent, !requestBudget.take() { return refuse(.crowded, call, connection) }
        let isSuspended = connection.suspend(unless: isClosed, urgent: isUrgent) {
            [application, requestBudget] in
            defer { if !isUrgent { requestBudget.give() } }
            return isUrgent
                ? await application.urgentOutcome(of: request) : await application.outcome(of: request)
        }
        if isSuspended { return .YES }
        if !isUrgent { requestBudget.give() }
        return refuse(.stopping, call, connection)
    }

    private func refuse(_ refusal: ServerRefusal, _ call: AccessCall, _ connection: Connection) -> MHD_Result
    {
        reply(call, connection, ServedResponse(response: refusal.response))
    }

    private func reply(
        _ call: AccessCall, _ connection: Connection, _ outcome: ServedResponse
    ) -> MHD_Result {
        // For reading the response.
        connection.deadline.store(newDeadline, ordering: .relaxed)
        guard hasRoom(for: outcome.prepared, beside: connection.head) else {
            return answerAtOnce(outcome, call, connection)
        }
        let outcome =
            reserve(outcome, connection) ? outcome : ServedResponse(response: ServerRefusal.crowded.response)
        // libmicrohttpd 0.9 parses chunks leniently. A proxy may see another end of the body, so what follows is not
        // taken for the next request (RFC 9112, section 11.2).
        let closing = isDraining.load(ordering: .relaxed) || connection.exchange.isChunked
        let result = outcome.prepared.queue(on: call.handle, closing: closing)
        if result == .YES, let block = outcome.prepared.block {
            connection.exchange.block = block
        }
        note(
            result == .YES ? outcome : outcome.failing("libmicrohttpd did not take the answer"), call,
            connection)
        return result
    }

    /// Reserves memory for the response body; `false` if the budget is exhausted.
    private func reserve(_ outcome: ServedResponse, _ connection: Connection) -> Bool {
        let counted = outcome.prepared.bodyCount - MemoryBudget.free
        guard counted > 0 else { return true }
        guard memoryBudget.take(counted) else { return false }
        connection.exchange.held += counted
        return true
    }

    /// Logs and counts a response.
    func note(_ outcome: ServedResponse, _ call: AccessCall, _ connection: Connection) {
        if let log, !log.leavesOut(outcome) {
            let taken = MonotonicTime.now - connection.exchange.began
            withHead(of: call, connection) {
                log.record($0, outcome, by: application, nanoseconds: taken)
            }
        }
        if let route = figures?.count(connection.head.targetBytes.span, outcome, shard: connection.shard) {
            let taken = MonotonicTime.now - connection.exchange.began
            figures?.add(taken, of: route, shard: connection.shard)
        }
    }

    private func withHead<Result>(
        of call: AccessCall, _ connection: Connection, _ body: (borrowing RequestHead) -> Result
    ) -> Result {
        connection.head.lend(call, to: connection, body)
    }
}

public import Tokens

/// Requests for approval: what people ask for, what was decided, and what came of it.
public protocol RequestLedger: Sendable {
    /// Adds a request that is open.
    ///
    /// Throws ``LedgerError/alreadyAsked(_:)`` where its owner waits for another about the same thing, such as a token of
    /// that name (folded), or may still use its approval at `request.createdAt`, and ``LedgerError/tooManyRequests`` at
    /// ``LedgerLimits/openRequestsPerSubject`` open ones of the requester.
    func add(_ request: TokenRequest, event: Event) async throws(LedgerError)
    /// Changes a request, and returns it as it now is. `change` gets the request as it is in the same transaction, and
    /// returns the events to keep. Its errors are thrown, and then nothing changes.
    ///
    /// Throws ``LedgerError/noSuchRequest``.
    @discardableResult
    func change(
        _ id: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> TokenRequest
    /// Adds the token that a request asked for and changes the request, in one transaction: neither happens without the
    /// other. Throws what ``TokenLedger/add(_:digest:within:event:)`` and ``change(_:_:)`` throw.
    func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], for request: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError)
    /// Hands a token over and changes the request for that, in one transaction: neither happens without the other. Throws
    /// what ``TokenLedger/handOver(_:event:)`` and ``change(_:_:)`` throw.
    @discardableResult
    func handOver(
        _ handingOver: HandingOver, event: Event, for request: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Token
    func request(_ id: RequestID) async throws(LedgerError) -> TokenRequest?
    /// The requests of that query, the newest first.
    func requests(_ query: RequestQuery) async throws(LedgerError) -> [TokenRequest]
}

/// Which requests to list.
public struct RequestQuery: Hashable, Sendable {
    /// Only those that this subject made, or whose owner it is.
    public var of: SubjectID?
    /// Only those in one of these states at `now`.
    public var states: Set<TokenRequest.State>
    /// The moment for which states are decided.
    public var now: Timestamp
    /// The cursor: only those older than this one.
    public var before: RequestID?
    /// The most to return.
    public var limit: Int

    public init(
        of subject: SubjectID? = nil,
        states: Set<TokenRequest.State> = Set(TokenRequest.State.allCases), now: Timestamp,
        before: RequestID? = nil, limit: Int = 100
    ) {
        self.of = subject
        self.states = states
        self.now = now
        self.before = before
        self.limit = limit
    }
}

/// What the request log says of an answer beside what the client is sent.
///
/// ```swift
/// var response = Response(status: 403, headers: ["X-Jeton-Reason": "paused"])
/// response.note.reason = "paused"
/// ```
public struct LogNote: Sendable {
    /// The name of the reason for a refusal.
    public var reason: String?
    /// The identifier of the token that the answer is about.
    public var token: String?
    /// Whether the answer is a grant, which a log may leave out.
    public var isGrant: Bool

    public init(reason: String? = nil, token: String? = nil, isGrant: Bool = false) {
        self.reason = reason
        self.token = token
        self.isGrant = isGrant
    }
}

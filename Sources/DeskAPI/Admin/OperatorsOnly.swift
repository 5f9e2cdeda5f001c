public import HTTPServer

/// Answers 404 to whoever is not at the operator's socket, before any route of it is asked.
///
/// That socket is the only one that has these routes; this keeps them shut if they were ever served elsewhere.
public struct OperatorsOnly: DirectHandler {
    public let routes: [Router.Route] = []
    private let refusal = PreparedResponse(Response(status: 404, .plain, "there is nothing here\n"))

    public init() {}

    public func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        head.peer == .operator ? nil : refusal
    }
}

public import Desk
public import HTTPServer
import JSON
public import Leaks
import Ledger
import Sodium
public import Tokens

/// Reports of leaked secrets: `POST /leaks`, for GitHub's secret scanning, for GitLab's token revocation, and for tokens
/// with `jeton:leaks`.
public struct LeaksAPI: Sendable {
    /// Systems that report by a protocol of their own.
    public struct Reporters: Sendable {
        /// The keys with which GitHub signs; `nil` where it does not report.
        public var gitHub: GitHubKeys?
        /// Whether GitHub is told of each secret whether it was one.
        public var tellsGitHub = false
        /// The secret that GitLab sends; `nil` where it does not report.
        public var gitLab: ServiceSecret?
        /// The types of secrets that GitLab is to report.
        public var gitLabTypes: [String] = []

        public init() {}
    }

    let desk: LeakDesk
    let callers: CallerReader
    let reporters: Reporters
    let trustedProxies: [AddressRange]

    private static let query: QueryNames = ["act", "dry_run"]

    public init(
        desk: LeakDesk, callers: CallerReader, reporters: Reporters, trustedProxies: [AddressRange]
    ) {
        self.desk = desk
        self.callers = callers
        self.reporters = reporters
        self.trustedProxies = trustedProxies
    }

    public func addRoutes(to router: inout Router) {
        router.group("/leaks", query: [], errors: Problem.response) { leaks in
            leaks.on("POST", "", limits: .document, query: Self.query, urgent: true) { request in
                try await take(request)
            }
            leaks.on("GET", "/types") { request in try types(request) }
        }
    }

    private func take(_ request: Request) async throws -> Response {
        if request.headers[GitHubReport.keyHeader] != nil { return try await takeFromGitHub(request) }
        if isFromGitLab(request) { return try await takeFromGitLab(request) }
        let caller = try await callers.caller(of: request)
        let requester =
            caller.token?.scopes.allow(.admin) ?? false
            ? try await callers.administrator(of: request).requester : caller.requester
        return try await LeakReportAnswer(desk: desk).answer(request, requester)
    }

    /// The client's address, for events.
    func address(of request: Request) -> String {
        request.clientAddress(trusting: trustedProxies)?.description ?? ""
    }
}

/// The same for `jeton leaks` on the machine: `POST /admin/v1/leaks`.
public struct OperatorsLeaks: Sendable {
    private let desk: LeakDesk

    public init(desk: LeakDesk) {
        self.desk = desk
    }

    public func addRoutes(to router: inout Router) {
        router.group(AdminAPI.base, query: [], errors: AdminAPI.response) { admin in
            admin.on("POST", "/leaks", limits: .document, query: ["act", "dry_run"]) { request in
                try await LeakReportAnswer(desk: desk).answer(request, .commandLine)
            }
        }
    }
}

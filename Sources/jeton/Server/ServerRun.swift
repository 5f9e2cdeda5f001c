import Desk
import Gate
import HTTPServer
import Ledger
import SQLLedger
import SignIn
import TokenIndex
import Tokens

/// One run of the server, from its start to its stop.
struct ServerRun {
    let components: Components
    private let data: DataFolder
    private let sockets: PassedSockets
    /// Held during the run, so that there is one server for a data folder and for a ledger.
    private let locks: (folder: FileLock, ledger: LedgerLock?)
    private let log: RequestLog

    /// How long running requests may take when the server stops; the rest fits into ``ending``.
    private static let grace = TimeSpan.seconds(7)
    /// How long stopping takes at most, after draining.
    private static let ending = TimeSpan.seconds(10)

    /// Locks the data folder and opens the ledger. Listens on `sockets` where they are at a place of the configuration.
    init(
        _ configuration: Configuration, data: DataFolder, sockets: PassedSockets = PassedSockets()
    ) throws(CommandFailure) {
        try data.prepare()
        guard let lock = try data.lock() else {
            throw .failed(
                "another jeton process already uses \(data.path): stop it, or name another folder with --data"
            )
        }
        let ledger = try Self.lockLedger(configuration, data)
        locks = (lock, ledger)
        self.data = data
        self.sockets = sockets
        components = try Components(configuration, data: data, lock: ledger, createsLedger: true)
        log = RequestLog(
            clock: .system, trusting: configuration.trustedProxies, format: configuration.tokenFormat,
            grants: configuration.log.grants)
    }

    /// The lock on the ledger's file, which is created if there is none; `nil` for a database.
    private static func lockLedger(
        _ configuration: Configuration, _ data: DataFolder
    ) throws(CommandFailure) -> LedgerLock? {
        guard let path = configuration.ledger.path(in: data.path) else { return nil }
        guard let lock = try LedgerLock.take(path, creates: true) else {
            let user = SQLiteLedger.user(of: path).map { " (\($0))" } ?? ""
            throw .failed(
                "another jeton process\(user) already uses the ledger \(path): stop it, or name another with `ledger`"
            )
        }
        try lock.expectSafe()
        return lock
    }

    /// Serves until one of `signals`, and reloads the certificate at each of `reloads`.
    ///
    /// Calls `announce` with the greeting once the server is ready. If that throws, and nobody could sign in without
    /// the link in the greeting, the server stops. Calls `draining` when draining begins, with the time that stopping
    /// takes at most.
    func run(
        until signals: EndSignals, reloading reloads: ReloadSignal? = nil,
        announce: @escaping @Sendable (String) throws(CommandFailure) -> Void,
        draining: @escaping @Sendable (TimeSpan) -> Void = { _ in }
    ) async throws(CommandFailure) {
        ProcessSettings.allowOpenFiles()
        // Before tokens are loaded, so that dormant ones are dormant from the beginning.
        try await attempt(setSignInPolicy)
        try await attempt(setTokenPolicy)
        await keepSocket()
        let configuration = components.configuration
        let (desk, others) = servers
        if configuration.stop.drain > .seconds(0) { signals.spareNext() }
        let saslauthd = components.saslauthd(log: log)
        do throws(ServerError) {
            for server in others + [desk] { try server.start(waiting: true) }
        } catch {
            for server in others { await server.stop(within: .seconds(0)) }
            await components.ledger.close()
            throw .failed("\(error)")
        }
        for warning in configuration.warnings(at: components.clock.now) { report("warning: \(warning)") }
        let reloading = Task { await reloads?.forEach { components.reload(into: desk) } }
        let outcome = await serve(others + [desk], saslauthd, announce: announce) {
            await signals.wait()
            await drain(others + [desk], until: signals, draining)
            signals.letGo()
        }
        reloading.cancel()
        await withDiscardingTaskGroup { group in
            for server in others + [desk] { group.addTask { await server.stop(within: Self.grace) } }
            for socket in saslauthd { await socket.stop() }
        }
        let written = await writeUses()
        try? await components.sessions.refusals.flush(all: true)
        try? await components.trust.refusals.flush(all: true)
        await components.ledger.close()
        withExtendedLifetime(locks) {}
        try outcome.get()
        try written.get()
    }

    /// Writes the uses counted since the last time: also a server that never became ready may have granted some.
    private func writeUses() async -> Result<Void, CommandFailure> {
        do throws(CommandFailure) {
            return .success(
                try await attempt { () async throws(LedgerError) in try await components.uses.flush() })
        } catch {
            return .failure(error)
        }
    }

    /// The HTTP servers: `desk` for people, scripts and proxies, `others` for the operator and monitoring.
    private var servers: (desk: Server, others: [Server]) {
        let configuration = components.configuration
        let desk = Server(
            place(of: configuration.listen), application: components.application,
            limits: configuration.limits,
            identity: configuration.tls.identity,
            log: log, figures: components.requests)
        let few = Server.Limits(connections: 64, threads: 1)
        let admin = Server(
            .operatorSocket(path: data.socket),
            application: components.admin(services: configuration.services), limits: few, log: log)
        guard let listen = configuration.metrics.listen, !configuration.servesMetricsBesideDesk else {
            return (desk, [admin])
        }
        // Not logged: metrics are collected every few seconds.
        let monitoring = Server(
            place(of: .tcp(listen)), application: components.monitoring, limits: few)
        return (desk, [admin, monitoring])
    }

    /// The socket that was passed for `listen`, or one to open.
    private func place(of listen: ListenAddress) -> Server.Listen {
        if let socket = sockets[listen] { return .inherited(socket) }
        switch listen {
        case .tcp(let endpoint): return .tcp(endpoint.address, port: endpoint.port)
        case .unix(let path): return .proxySocket(path: path, components.configuration.listenFile)
        }
    }

    /// Stores the path of the socket in the ledger, for commands on another data folder. A failure is only reported.
    private func keepSocket() async {
        guard let ledger = components.ledger as? SQLiteLedger else { return }
        do throws(LedgerError) {
            try await ledger.keep(socket: Files.absolute(data.socket))
        } catch {
            report("commands can find this server by its data folder only, not by its ledger: \(error)")
        }
    }

    /// Stores `sign_in.tokens_need_sign_in_every` in the ledger.
    private func setSignInPolicy() async throws(LedgerError) {
        let every = components.configuration.signIn.tokensNeedSignInEvery
        try await components.ledger.setSignInPolicy(
            every: every,
            event: Event(
                .signInPolicyChanged, at: components.clock.now, actor: nil, detail: every?.words ?? "no more")
        )
    }

    /// Stores the configuration's rules about tokens in the ledger.
    private func setTokenPolicy() async throws(LedgerError) {
        try await components.ledger.setTokenPolicy(
            components.configuration.tokenPolicy,
            event: Event(.tokenPolicyChanged, at: components.clock.now, actor: nil))
    }

    /// Keeps serving for `stop.drain`, or until another signal, while `/readyz` fails, so that load balancers move away
    /// before the server stops.
    private func drain(
        _ servers: [Server], until signals: EndSignals, _ notify: @Sendable (TimeSpan) -> Void
    ) async {
        let time = components.configuration.stop.drain
        guard time > .seconds(0) else { return }
        // No load balancer uses a node that never was ready.
        if case .starting = components.readiness.state { return }
        notify(time + Self.ending)
        report(
            "draining for \(time.words): /readyz answers 503, everything else is served; SIGTERM stops at once"
        )
        components.readiness.drain()
        for server in servers { server.drain() }
        await signals.wait(for: time)
    }

    /// Loads the ledger and does the upkeep, until `end` returns or loading fails.
    private func serve(
        _ servers: [Server], _ saslauthd: [LocalServer],
        announce: @escaping @Sendable (String) throws(CommandFailure) -> Void,
        until end: @escaping @Sendable () async -> Void
    ) async -> Result<Void, CommandFailure> {
        await withTaskGroup(of: Result<Void, CommandFailure>.self) { group in
            group.addTask {
                await end()
                return .success(())
            }
            group.addTask {
                do throws(CommandFailure) {
                    try await begin(servers, saslauthd, announce)
                } catch {
                    return .failure(error)
                }
                await work()
                return .success(())
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .success(())
        }
    }

    /// Loads the ledger and announces that the server is ready. Only then do servers accept the connections that could
    /// wait.
    private func begin(
        _ servers: [Server], _ saslauthd: [LocalServer],
        _ announce: @Sendable (String) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        try await load()
        if let shared = components.shared { try await attempt(shared.catchUp) }
        // Only now: saslauthd's protocol cannot say “not ready”.
        do throws(ServerError) {
            for socket in saslauthd { try socket.start() }
        } catch {
            throw .failed("\(error)")
        }
        for server in servers { server.accept() }
        try await reportSharedLogins()
        let greeting = try await Greeting(of: components)
        do throws(CommandFailure) {
            try announce(greeting.text)
        } catch {
            guard !greeting.isNeeded else { throw error }
            report(error.description)
        }
    }

    func attempt<Value>(
        _ work: () async throws(LedgerError) -> Value
    ) async throws(CommandFailure) -> Value {
        do {
            return try await work()
        } catch {
            throw .failed("\(error)")
        }
    }
}

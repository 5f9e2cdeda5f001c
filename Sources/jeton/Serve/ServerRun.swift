import Gate
import HTTPServer
import Ledger
import SignIn
import Tokens

/// A server from its start to its end.
struct ServerRun {
    private let components: Components
    private let data: DataFolder
    /// Held as long as this stands, so that there is one server on a data folder and on a ledger.
    private let locks: (folder: FileLock, ledger: LedgerLock?)
    private let log: RequestLog

    /// How long requests that run may take at the stop, so that all of it stays within ``ending``.
    private static let grace = TimeSpan.seconds(7)
    /// How long a stop takes at most, beside the time to drain.
    private static let ending = TimeSpan.seconds(10)

    /// Takes the data folder and opens what is in it.
    init(_ configuration: Configuration, data: DataFolder) throws(CommandFailure) {
        try data.prepare()
        guard let lock = try data.lock() else {
            throw .failed(
                "another jeton uses \(data.path) already: stop that one, or name another folder with --data")
        }
        let ledger = try Self.lockLedger(configuration, data)
        locks = (lock, ledger)
        self.data = data
        components = try Components(configuration, data: data, lock: ledger, makesLedger: true)
        log = RequestLog(
            clock: .system, trusting: configuration.trustedProxies, format: configuration.tokenFormat,
            grants: configuration.logsGrants)
    }

    /// The lock on the ledger, where that is a file, which is made where there is none.
    private static func lockLedger(
        _ configuration: Configuration, _ data: DataFolder
    ) throws(CommandFailure) -> LedgerLock? {
        guard let path = configuration.ledger.path(in: data.path) else { return nil }
        guard let lock = try LedgerLock.take(path, creates: true) else {
            let user = SQLiteLedger.user(of: path).map { " (process \($0))" } ?? ""
            throw .failed(
                "another jeton\(user) uses the ledger \(path) already: stop that one, or name another with `ledger`"
            )
        }
        try lock.expectSafe()
        return lock
    }

    /// Serves until `signals` ask for the end, and reads the certificate anew when `reloads` says so;
    /// `announce` is handed what to tell once it is able to verify (where that fails, and there was a link in it that
    /// nobody else knows, the server ends), and `draining`, where it serves on for a
    /// while, how long it may take until it has ended.
    func run(
        until signals: EndSignals, reloading reloads: ReloadSignal? = nil,
        announce: @escaping @Sendable (String) throws(CommandFailure) -> Void,
        draining: @escaping @Sendable (TimeSpan) -> Void = { _ in }
    ) async throws(CommandFailure) {
        ProcessSettings.allowOpenFiles()
        // Before any token is known, so that those that sleep by it do so from the beginning.
        try await attempt(setSignInPolicy)
        await keepSocket()
        let configuration = components.configuration
        let (desk, others) = servers
        if configuration.drain > .seconds(0) { signals.spareNext() }
        let sockets = components.saslauthd(log: log)
        do throws(ServerError) {
            for server in others + [desk] { try server.start() }
        } catch {
            for server in others { await server.stop(within: .seconds(0)) }
            await components.ledger.close()
            throw .failed("\(error)")
        }
        for warning in configuration.warnings(at: components.clock.now) { report("warning: \(warning)") }
        let reloading = Task { await reloads?.forEach { components.reload(into: desk) } }
        let outcome = await serve(sockets, announce: announce) {
            await signals.wait()
            await drain(others + [desk], until: signals, draining)
            signals.letGo()
        }
        reloading.cancel()
        await withDiscardingTaskGroup { group in
            for server in others + [desk] { group.addTask { await server.stop(within: Self.grace) } }
            for socket in sockets { await socket.stop() }
        }
        let written = await writeUses()
        try? await components.sessions.refusals.flush(all: true)
        await components.ledger.close()
        withExtendedLifetime(locks) {}
        try outcome.get()
        try written.get()
    }

    /// Writes what was counted since the last time: while it read its tokens it may have granted some.
    private func writeUses() async -> Result<Void, CommandFailure> {
        do throws(CommandFailure) {
            return .success(
                try await attempt { () async throws(LedgerError) in try await components.uses.flush() })
        } catch {
            return .failure(error)
        }
    }

    /// What listens for HTTP: for people, scripts and proxies, and beside that for the operator.
    private var servers: (desk: Server, others: [Server]) {
        let configuration = components.configuration
        let desk = Server(
            .tcp(configuration.listen.address, port: configuration.listen.port),
            application: components.application, limits: configuration.limits,
            identity: configuration.identity,
            log: log, figures: components.requests)
        let few = Server.Limits(connections: 64, threads: 1)
        let admin = Server(
            .unix(path: data.socket),
            application: Application(
                router: components.admin(services: configuration.services), urgent: true,
                urgently: Components.beforeOthers),
            limits: few, log: log)
        guard let listen = configuration.metrics.listen, listen != configuration.listen else {
            return (desk, [admin])
        }
        // Whoever collects figures comes every few seconds: not a line of the log for each time.
        let monitoring = Server(
            .tcp(listen.address, port: listen.port), application: components.monitoring, limits: few)
        return (desk, [admin, monitoring])
    }

    /// Has the ledger say where this server is, for commands that come from another data folder. It serves
    /// without that, too.
    private func keepSocket() async {
        guard let ledger = components.ledger as? SQLiteLedger else { return }
        do throws(LedgerError) {
            try await ledger.keep(socket: Files.absolute(data.socket))
        } catch {
            report("commands find this server by its data folder alone, and not by its ledger: \(error)")
        }
    }

    /// Tells the ledger what the configuration demands.
    private func setSignInPolicy() async throws(LedgerError) {
        let every = components.configuration.signInEvery
        try await components.ledger.setSignInPolicy(
            every: every,
            event: Event(
                .signInPolicyChanged, at: components.clock.now, actor: nil, detail: every?.words ?? "no more")
        )
    }

    /// Serves on for the time that is configured, or until a signal comes again, and says meanwhile that it
    /// is about to stop: whoever spreads requests over nodes has to notice before none is answered.
    private func drain(
        _ servers: [Server], until signals: EndSignals, _ tell: @Sendable (TimeSpan) -> Void
    ) async {
        let time = components.configuration.drain
        guard time > .seconds(0) else { return }
        // Nobody was told yet that this node is there.
        if case .starting = components.readiness.state { return }
        tell(time + Self.ending)
        report("draining for \(time.words): /readyz answers 503, all else is served; SIGTERM ends this now")
        components.readiness.drain()
        for server in servers { server.drain() }
        await signals.wait(for: time)
    }

    /// Reads the ledger, then works, until `end` returns or something fails that it cannot do without.
    private func serve(
        _ sockets: [LocalServer], announce: @escaping @Sendable (String) throws(CommandFailure) -> Void,
        until end: @escaping @Sendable () async -> Void
    ) async -> Result<Void, CommandFailure> {
        await withTaskGroup(of: Result<Void, CommandFailure>.self) { group in
            group.addTask {
                await end()
                return .success(())
            }
            group.addTask {
                do throws(CommandFailure) {
                    try await begin(sockets, announce)
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

    /// Becomes able to verify, and says so.
    private func begin(
        _ sockets: [LocalServer], _ announce: @Sendable (String) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        try await load()
        if let shared = components.shared { try await attempt(shared.catchUp) }
        // Their protocol has no word for “not yet”.
        do throws(ServerError) {
            for socket in sockets { try socket.start() }
        } catch {
            throw .failed("\(error)")
        }
        try await reportSharedLogins()
        let greeting = try await Greeting(of: components)
        do throws(CommandFailure) {
            try announce(greeting.text)
        } catch {
            guard !greeting.isNeeded else { throw error }
            report(error.description)
        }
    }

    /// Tells of people whose logins count as one since an upgrade: they stay, and somebody has to rename them.
    private func reportSharedLogins() async throws(CommandFailure) {
        let people = try await attempt { () async throws(LedgerError) in
            try await components.ledger.subjectsSharingLogin()
        }
        guard !people.isEmpty else { return }
        let logins = people.prefix(20).map(\.login.text).joined(separator: ", ")
        let more = people.count > 20 ? " and \(people.count - 20) more" : ""
        report("these logins count as one since an upgrade, rename one of each: \(logins)\(more)")
    }

    /// Hands the ledger's content to the index; tells how far that is, where it takes long.
    private func load() async throws(CommandFailure) {
        let index = components.index
        let began = ContinuousClock.now
        let telling = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil { report(index.progress.description) }
        }
        defer { telling.cancel() }
        try await attempt { () async throws(LedgerError) in try await components.ledger.load(into: index) }
        let taken = ContinuousClock.now - began
        if taken >= .seconds(1) { report("\(index.progress) in \(taken.components.seconds) s") }
    }

    /// Writes uses down and sweeps out what is past keeping, until it is cancelled.
    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await components.uses.run { report("uses could not be written: \($0)") } }
            group.addTask { await sweep() }
            group.addTask { await sumUpRefusals() }
            if let shared = components.shared { group.addTask { await shared.follow() } }
        }
    }

    /// Writes each minute how many refused sign-ins were only counted, until it is cancelled.
    private func sumUpRefusals() async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            do throws(LedgerError) {
                try await components.sessions.refusals.flush()
            } catch {
                report("refused sign-ins could not be summed up: \(error)")
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            components.index.sweep(at: components.clock.now)
            do throws(LedgerError) {
                try await components.ledger.sweep(at: components.clock.now)
            } catch {
                report("what is past keeping could not be removed: \(error)")
            }
            let next = ContinuousClock.now + .seconds(3600)
            while !Task.isCancelled, ContinuousClock.now < next {
                try? await Task.sleep(for: .seconds(1))
                await takeBackPermissions()
            }
        }
    }

    /// Where the clock was ahead and is set right, tokens get back what was swept out as long expired.
    private func takeBackPermissions() async {
        guard components.index.isMissingPermissions(at: components.clock.now) else { return }
        do throws(LedgerError) {
            try await components.index.takeBackPermissions(at: components.clock.now) {
                (reader) async throws(LedgerError) in
                try await components.ledger.load(into: reader)
            }
            report("the clock was set back: what tokens may do that had seemed expired was read again")
        } catch {
            report("the clock was set back, and what tokens may do could not be read again: \(error)")
        }
    }

    private func attempt<Value>(
        _ work: () async throws(LedgerError) -> Value
    ) async throws(CommandFailure) -> Value {
        do {
            return try await work()
        } catch {
            throw .failed("\(error)")
        }
    }
}

/// Tells the operator of something that went wrong without ending the server. Waits for nobody.
func report(_ sentence: String) {
    LogWriter.standardError.write(Array("jeton: \(sentence)\n".utf8))
}

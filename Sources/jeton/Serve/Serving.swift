import Gate
import HTTPServer
import Ledger
import SignIn
import Tokens

/// A server from its start to its end.
struct Serving {
    private let house: House
    private let data: DataFolder
    /// Held as long as this stands, so that there is one server.
    private let lock: FileLock
    private let log: RequestLog

    /// How long requests that run may take at the stop, so that all of it stays within ten seconds.
    private static let grace = TimeSpan.seconds(7)

    /// Takes the data folder and opens what is in it.
    init(_ configuration: Configuration, data: DataFolder) throws(CommandFailure) {
        try data.prepare()
        guard let lock = try data.lock() else {
            throw .failed(
                "another jeton uses \(data.path) already: stop that one, or name another folder with --data")
        }
        self.lock = lock
        self.data = data
        house = try House(configuration, data: data)
        log = RequestLog(
            clock: .system, trusting: configuration.trustedProxies, format: configuration.tokenFormat,
            grants: configuration.logsGrants)
    }

    /// Serves until `signals` ask for the end; `announce` is handed what to tell once it answers.
    func run(until signals: EndSignals, announce: @Sendable (String) -> Void) async throws(CommandFailure) {
        ProcessSettings.allowOpenFiles()
        try await attempt(prepareLedger)
        let configuration = house.configuration
        let desk = Server(
            .tcp(configuration.listen.address, port: configuration.listen.port),
            application: house.application, limits: configuration.limits, log: log)
        let admin = Server(
            .unix(path: data.socket),
            application: Application(router: house.admin(services: configuration.services)),
            limits: Server.Limits(connections: 64, threads: 1), log: log)
        let sockets = house.saslauthd(log: log)
        do throws(ServerError) {
            try admin.start()
            for socket in sockets { try socket.start() }
            try desk.start()
        } catch {
            for socket in sockets { await socket.stop() }
            await admin.stop(within: .seconds(0))
            await house.ledger.close()
            throw .failed("\(error)")
        }
        announce(try await greeting())
        await serve(until: signals)
        async let deskStopped: Void = desk.stop(within: Self.grace)
        async let adminStopped: Void = admin.stop(within: Self.grace)
        for socket in sockets { await socket.stop() }
        _ = await (deskStopped, adminStopped)
        try await attempt { () async throws(LedgerError) in try await house.uses.flush() }
        await house.ledger.close()
        withExtendedLifetime(lock) {}
    }

    /// Hands the ledger's content to the index, and the configuration's demands to the ledger.
    private func prepareLedger() async throws(LedgerError) {
        let index = house.index
        try await house.ledger.load { index.apply($0) }
        try await house.shared?.catchUp()
        let every = house.configuration.signInEvery
        try await house.ledger.demandSignIn(
            every: every,
            event: Event(.signInDemanded, at: house.clock.now, actor: nil, detail: every?.words ?? "no more"))
    }

    /// Waits, while uses are written down and what is past keeping is swept out.
    private func serve(until signals: EndSignals) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await house.uses.run { report("uses could not be written: \($0)") } }
            group.addTask { await sweep() }
            if let shared = house.shared { group.addTask { await shared.follow() } }
            await signals.wait()
            group.cancelAll()
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            do throws(LedgerError) {
                try await house.ledger.sweep(at: house.clock.now)
            } catch {
                report("what is past keeping could not be removed: \(error)")
            }
            try? await Task.sleep(for: .seconds(3600))
        }
    }

    /// Where to click: on the first start a link to make the first account.
    private func greeting() async throws(CommandFailure) -> String {
        let address = house.configuration.publicURL
        let isEmpty = try await attempt { () async throws(LedgerError) in try await house.ledger.isEmpty() }
        // Where an identity provider signs people in, the first account is whoever comes first.
        guard isEmpty, house.provider == nil else { return "Jeton is at \(address)/\n" }
        let code = try await attempt { () async throws(LedgerError) in try await house.accounts.invite(nil) }
        return """
            Jeton is at \(address)/
            Make the first account, an administrator's, within an hour at
              \(address)/welcome?code=\(code)

            """
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

/// Tells the operator of something that went wrong without ending the server.
func report(_ sentence: String) {
    Output.write("jeton: \(sentence)\n", to: .error)
}

import Curl
import JSON

extension Command {
    private static let listen = Flag(
        name: "--listen", value: "ADDRESS",
        summary: "where to listen: ADDR:PORT or unix:PATH (default: 127.0.0.1:8080)")

    static let serve = Command(
        words: ["serve"], summary: "Run the server until SIGTERM or Ctrl-C.",
        flags: [.data, listen, .config],
        details: """
            Prints a link for creating an administrator's account, as long as there has never been one. The
            link works for an hour. Logs each request to standard error as one line of JSON.
            With `stop.drain` it keeps serving for that time after SIGTERM or Ctrl-C; a second signal stops it.
            With `tls`, SIGHUP reloads the certificate and its key.
            """,
        hasAnswer: false
    ) { (arguments, environment) throws(CommandFailure) in
        let context = CommandContext(arguments, environment)
        let flags = arguments.value(listen).map { [(flag: listen.name, key: "listen", value: $0)] } ?? []
        // Before anything is opened, so that no signal is lost.
        let signals = EndSignals()
        let reloads = ReloadSignal(orEnd: signals)
        let manager = ServiceManager(environment: environment.variables)
        let configuration = try context.configuration(flags: flags)
        let server = try ServerRun(
            configuration, data: context.data,
            sockets: PassedSockets(manager.descriptors, for: configuration))
        try await server.run(until: signals, reloading: reloads) { (greeting) throws(CommandFailure) in
            // Also if the greeting cannot be printed: the server is ready.
            defer { manager.notifyReady() }
            try environment.announce(greeting)
        } draining: { time in
            manager.notifyStopping(within: time)
        }
        return .printed
    }

    static let ready = Command(
        words: ["ready"], summary: "Check that the server is ready.",
        flags: [.data],
        details: """
            Asks for /readyz at the data folder's socket, for health checks by a container runtime or by cron.
            Exits with 0 if the server is ready to verify tokens, and with 1 if it is not, is about to stop,
            or is not running.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let data = CommandContext(arguments, environment).data
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", "http://localhost/readyz", unixSocket: data.socket, timeout: 5_000)
        } catch .timedOut {
            throw .failed("the server at \(data.socket) did not answer within 5 seconds: restart it")
        } catch {
            throw .failed(
                "no answer at \(data.socket): \(error); start the server, name the right folder with --data or "
                    + "JETON_DATA, or run this command as the folder's owner"
            )
        }
        let said = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            let why =
                said.split(separator: "\n").first ?? "/readyz answers \(answer.status), see the server's log"
            throw .failed("the server on \(data.path) is not ready: \(why)")
        }
        // “ok”, and perhaps a warning.
        let warning = said.dropFirst(2).drop { !$0.isLetter }.prefix { $0 != "\n" }
        return .facts(
            ["ready": true, "warning": .optional(warning.isEmpty ? nil : String(warning))],
            "ready\(said.dropFirst(2))")
    }
}

import HTTPClient

extension Command {
    private static let listen = Flag(
        name: "--listen", value: "ADDR:PORT", summary: "where to listen (default 127.0.0.1:8080)")

    static let serve = Command(
        words: ["serve"], summary: "Serve the token desk until SIGTERM or Ctrl-C.",
        flags: [.data, listen, .config],
        details: """
            As long as nobody ever administered, it prints a link, good for an hour, to an administrator's account.
            It writes one line of JSON for each request to standard error.
            With `stop.drain` it serves on for that time after SIGTERM or Ctrl-C; a second one ends that.
            With `tls`, SIGHUP has it read the certificate and its key anew.
            """
    ) { (arguments, surroundings) throws(CommandFailure) in
        let place = Place(arguments, surroundings)
        let flags = arguments.value(listen).map { [(flag: listen.name, key: "listen", value: $0)] } ?? []
        // Before anything is opened, so that a signal in the meantime is not lost.
        let signals = EndSignals()
        let reloads = ReloadSignal(orEnd: signals)
        let serving = try Serving(place.configuration(flags: flags), data: place.data)
        let manager = ServiceManager(environment: surroundings.environment)
        try await serving.run(until: signals, reloading: reloads) { (greeting) throws(CommandFailure) in
            // It serves, whether that can be told or not.
            defer { manager.tellReady() }
            try surroundings.announce(greeting)
        } draining: { time in
            manager.tellStopping(within: time)
        }
    }

    static let ready = Command(
        words: ["ready"], summary: "Say whether the server on the data folder can verify.",
        flags: [.data],
        details: """
            It asks at the folder's socket what GET /readyz answers, for checks by a container's runtime or
            by cron. The exit code is 0 where it can, and 1 where it cannot, is about to stop, or none runs.
            """
    ) { (arguments, surroundings) throws(CommandFailure) in
        let data = Place(arguments, surroundings).data
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", "http://localhost/readyz", unixSocket: data.socket, timeout: 5_000)
        } catch .timedOut {
            throw .failed("the jeton at \(data.socket) gave no answer within 5 seconds: restart it")
        } catch {
            throw .failed(
                "cannot ask at \(data.socket): \(error); start a jeton there, name the right folder with --data "
                    + "or JETON_DATA, or run this as the folder's owner"
            )
        }
        let said = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            let why = said.split(separator: "\n").first ?? "/readyz answers \(answer.status), see its log"
            throw .failed("the jeton on \(data.path) is not ready: \(why)")
        }
        // “ok”, and what else there is to know.
        try surroundings.print("ready\(said.dropFirst(2))")
    }
}

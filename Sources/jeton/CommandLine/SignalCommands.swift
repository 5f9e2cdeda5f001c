import JSON
import Tokens

extension Command {
    private static let ask = Flag(name: "--ask", summary: "also ask the transmitter for the stream's status")

    static let signalsStatus = Command(
        words: ["signals", "status"], summary: "Print the state of the identity provider's signals.",
        flags: [ask, .data, .config],
        details: """
            Says which events came last, what each does, and what was refused since the server started. With --ask, it
            needs `signals.stream` in the configuration.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let answer = try await administration.send(
            "GET", "/signals" + (arguments.has(ask) ? "?ask=true" : ""))
        return .facts(answer, facts(ofSignals: answer))
    }

    static let signalsSetUp = Command(
        words: ["signals", "set-up"], summary: "Set the stream of signals up at the transmitter.",
        flags: [.data, .config],
        details: """
            Creates the stream with the client in `signals.stream`, or changes the one that is there to what the
            configuration says. It may be run again at any time.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let answer = try await administration.send("POST", "/signals/set-up")
        return .done(answer, "set up\n" + facts(ofSignals: answer))
    }

    /// How long `jeton signals verify` waits for the signal.
    private static let patience = Duration.seconds(30)

    static let signalsVerify = Command(
        words: ["signals", "verify"],
        summary: "Ask the transmitter for a signal that shows that the stream works.",
        flags: [.data, .config],
        details: """
            Needs a running server, to which the signal comes, and a stream that was set up with `jeton signals set-up`.
            Waits up to 30 seconds for it.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let before = try await administration.send("GET", "/signals").text("verified_at")
        var answer = try await administration.send("POST", "/signals/verify")
        let end = ContinuousClock.now + patience
        while answer["verified_at"] == .null || answer.text("verified_at") == before {
            guard ContinuousClock.now < end else {
                let refusal = answer.text("last_refusal")
                throw .failed(
                    "the transmitter was asked, but no verification came within 30 s"
                        + (refusal.isEmpty
                            ? ": is \(answer.text("endpoint")) reachable from there, and is the server running?"
                            : "; the last signal was refused: \(refusal)"))
            }
            try? await Task.sleep(for: .milliseconds(200))
            answer = try await administration.send("GET", "/signals")
        }
        return .done(
            answer, "verified: the transmitter's signal came at \(answer.moment("verified_at")) UTC\n")
    }

    private static func facts(ofSignals answer: JSONValue) -> String {
        func moment(_ name: String) -> String {
            answer[name].map { $0 == .null } ?? true ? "" : "\(answer.moment(name)) UTC"
        }
        let last = answer.text("last_event")
        var rows = [
            ("issuer", answer.text("issuer")), ("audience", answer.text("audience")),
            (
                "delivery",
                answer.text("delivery") == "poll"
                    ? "fetched from \(answer.text("endpoint"))" : "pushed to \(answer.text("endpoint"))"
            ),
            ("stream", answer.text("stream_id")), ("status", answer.text("status")),
            ("last signal", last.isEmpty ? "none yet" : "\(last), \(moment("last_event_at"))"),
            ("verified", moment("verified_at")), ("refused", answer["refused"]?.text ?? ""),
            ("last refusal", answer.text("last_refusal")), ("polling", answer.text("poll_fault")),
        ]
        if case .object(let acts)? = answer["acts"] {
            rows += acts.sorted { $0.key < $1.key }.map { ($0.key, $0.value.string ?? "") }
        }
        return PrintedTable.lines(rows)
    }
}

import Desk
import DeskAPI
import HTTPServer
import JSON
import Ledger
import Metrics
import Signals
import Tokens

extension Components {
    /// What ``Desk/Oversight`` learns of signals.
    static func signalSource(_ receiver: SignalReceiver?) -> SignalSource? {
        guard let receiver else { return nil }
        let settings = receiver.settings
        let plan = SignalOverview.Plan(
            stream: settings.name, issuer: settings.issuer, polls: settings.management?.polls == true,
            rules: SignalEvent.allCases.map { .init(event: $0.rawValue, act: settings.act(of: $0)) })
        return SignalSource(plan: plan) {
            receiver.figures.all.lastRefusal.map { .init(at: $0.at, sentence: $0.fault.sentence) }
        }
    }

    /// Metrics of signals, if they are taken.
    var signalling: [Metric] {
        guard let figures = signals?.figures.all else { return [] }
        var metrics = [
            Metric(
                "jeton_signals_received_total", .counter,
                "Signals of the identity provider that were kept, by event",
                figures.received.sorted { $0.key < $1.key }.map { .init(Double($1), [.init("event", $0)]) }),
            Metric(
                "jeton_signals_repeated_total", .counter,
                "Signals of the identity provider that had come before, and did nothing", figures.repeated),
            Metric(
                "jeton_signals_refused_total", .counter,
                "Signals of the identity provider that were refused, by the error code of the answer",
                figures.refused.sorted { $0.key < $1.key }.map { .init(Double($1), [.init("err", $0)]) }),
        ]
        if let last = figures.lastReceivedAt {
            metrics.append(
                Metric(
                    "jeton_signals_last_received_timestamp_seconds", .gauge,
                    "When this node last kept a signal, in seconds since 1970",
                    [.init(Double(last.milliseconds) / 1000)]))
        }
        return metrics
    }

    /// The operator's routes for the stream, on the data folder's socket.
    func addSignals(to router: inout Router) {
        let base = "\(AdminAPI.base)/signals"
        router.on("GET", base, query: ["ask"]) { request in
            try await answer { receiver in
                try await receiver.stream(asking: request.queryItems["ask"] == "true")
            }
        }
        router.on("POST", "\(base)/set-up") { _ in try await answer { try await $0.setUp() } }
        router.on("POST", "\(base)/verify") { _ in
            try await answer { receiver in
                try await receiver.askForVerification()
                return try await receiver.stream()
            }
        }
    }

    private func answer(_ body: (SignalReceiver) async throws -> SignalStream) async throws -> Response {
        guard let signals else {
            return Self.problem(409, "no signals are taken: set `signals.issuer` in the configuration")
        }
        do {
            let stream = try await body(signals)
            return Response(status: 200, .json, document(of: stream, signals).text + "\n")
        } catch let fault as TransmitterFault {
            return Self.problem(502, fault.description)
        } catch let error as LedgerError {
            throw Failure(Self.problem(503, "the ledger failed"), reason: error.description)
        }
    }

    private static func problem(_ status: Int, _ sentence: String) -> Response {
        let said = sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
        let body: JSONValue = [
            "title": "Signals", "status": .integer(Int64(status)), "detail": .string(said),
        ]
        return Response(status: status, .problem, body.text + "\n")
    }

    private func document(of stream: SignalStream, _ receiver: SignalReceiver) -> JSONValue {
        let settings = receiver.settings
        let figures = receiver.figures.all
        let acts = SignalEvent.allCases.map { ($0.rawValue, JSONValue.string(settings.act(of: $0).rawValue)) }
        return [
            "issuer": .string(settings.issuer), "audience": .string(settings.audience),
            "delivery": settings.management?.polls == true ? "poll" : "push",
            "endpoint": .string(stream.endpoint ?? settings.endpoint),
            "managed": .bool(settings.management != nil),
            "stream_id": .optional(stream.id), "status": .optional(stream.status),
            "last_event": .optional(stream.lastEvent), "last_event_at": .optional(stream.lastAt?.rfc3339),
            "verification_asked_at": .optional(stream.askedAt?.rfc3339),
            "verified_at": .optional(stream.verifiedAt?.rfc3339),
            "acts": .object(Dictionary(uniqueKeysWithValues: acts)),
            "refused": .integer(Int64(figures.refused.values.reduce(0, +))),
            "last_refusal": .optional(figures.lastRefusal?.fault.sentence),
            "last_refusal_at": .optional(figures.lastRefusal?.at.rfc3339),
            "poll_fault": .optional(figures.pollFault),
        ]
    }
}

import Exports
import Gate
import HTTPServer
import Ledger
import Metrics
import Notices
import SQLLedger
import SignIn
import TokenIndex
import Tokens

extension Components {
    /// The current metrics. None contains a person, an address or a token.
    var metrics: [Metric] {
        verifying + requests.metrics + keeping + following + exporting + telling + signalling + trading + [
            signIns
        ]
            + Metric.ofProcess(.now)
    }

    private var verifying: [Metric] {
        [
            Metric(
                "jeton_build_info", .gauge, "The version of Jeton, always 1",
                [.init(1, [.init("version", Version.number), .init("ledger", configuration.ledger.kind)])]),
            Metric(
                "jeton_ready", .gauge, "Whether this node is ready to verify tokens, as /readyz says",
                readiness.state == .ready ? 1 : 0),
            Metric(
                "jeton_draining", .gauge,
                "Whether this node is about to stop and keeps serving for stop.drain",
                readiness.state == .draining ? 1 : 0),
            Metric(
                "jeton_verifications_total", .counter,
                "Verdicts by service, way of asking, and reason of the grant or denial",
                verdicts.all.map(\.sample)),
            Metric("jeton_index_tokens", .gauge, "Tokens in memory, including revoked ones", index.count),
            Metric(
                "jeton_index_people", .gauge, "People in memory, including suspended ones",
                index.countOfPeople),
            Metric(
                "jeton_index_accounts", .gauge, "Service accounts in memory, including suspended ones",
                index.countOfAccounts),
            Metric("jeton_index_bytes", .gauge, "Memory used by the table of tokens", index.byteCount),
        ]
    }

    private var keeping: [Metric] {
        let figures = uses.figures
        return [
            Metric(
                "jeton_ledger_errors_total", .counter,
                "Failures of the ledger, by kind of work; a refusal is not a failure",
                LedgerFailures.Work.allCases.map {
                    .init(Double(ledger.failures[$0]), [.init("work", $0.rawValue)])
                }),
            Metric(
                "jeton_uses_waiting", .gauge, "Rows of uses in memory that are not yet written",
                figures.waiting),
            Metric(
                "jeton_uses_written_total", .counter, "Uses written to the ledger", figures.written),
            Metric(
                "jeton_uses_lost_total", .counter,
                "Uses that were not counted, since too many different ones came between two writes",
                figures.lost),
        ]
    }

    /// Metrics of a ledger that other nodes change as well.
    private var following: [Metric] {
        guard let shared, let span = staleness.span else { return [] }
        var metrics = [
            Metric(
                "jeton_stale_for_seconds", .gauge, "The lag after which nothing is granted",
                [.init(Double(span.milliseconds) / 1000)])
        ]
        if let lag = staleness.lag {
            metrics.append(
                Metric(
                    "jeton_change_lag_seconds", .gauge,
                    "Time since this node last confirmed that it has seen every change",
                    [.init(Double(lag.milliseconds) / 1000)]))
        }
        if let followed = shared.ledger.followed {
            metrics.append(
                Metric(
                    "jeton_change_number", .gauge, "The latest change that this node has applied", followed))
        }
        return metrics
    }

    /// Metrics of the exports of events, if there are any.
    private var exporting: [Metric] {
        guard !exports.isEmpty else { return [] }
        func samples(_ value: (EventExport) -> Double) -> [Metric.Sample] {
            exports.map { .init(value($0), [.init("export", $0.name)]) }
        }
        return [
            Metric(
                "jeton_export_lag_seconds", .gauge,
                "Age of the first event that is not sent yet, 0 where all are, by export",
                samples { Double($0.lag.milliseconds) / 1000 }),
            Metric(
                "jeton_export_sending", .gauge, "Whether this node sends the export; one of all nodes does",
                samples { $0.figures.isSending ? 1 : 0 }),
            Metric(
                "jeton_export_sent_total", .counter, "Events that were sent and confirmed, by export",
                samples { Double($0.figures.sent) }),
            Metric(
                "jeton_export_failures_total", .counter, "Attempts to send events that failed, by export",
                samples { Double($0.figures.failures) }),
        ]
    }

    /// Metrics of notices. How many wait is known by the node that sends them.
    private var telling: [Metric] {
        let counts = notices.counts
        let age = counts.dueSince.map { max(0, (clock.now - $0).milliseconds) } ?? 0
        return [
            Metric(
                "jeton_notices_sending", .gauge,
                "Whether this node writes and sends notices; one of all nodes does",
                counts.isWorking ? 1 : 0),
            Metric("jeton_notices_sent_total", .counter, "Notices that were sent", counts.sent),
            Metric(
                "jeton_notices_failures_total", .counter, "Attempts to send notices that failed",
                counts.failures),
            Metric(
                "jeton_notices_waiting", .gauge,
                "Deliveries of notices that wait, on the node that sends them",
                counts.waiting),
            Metric(
                "jeton_notices_failed", .gauge,
                "Deliveries of notices that failed for good, on the node that sends them", counts.failed),
            Metric(
                "jeton_notices_oldest_seconds", .gauge,
                "Age of the first delivery that is due, 0 where none is, on the node that sends them",
                [.init(Double(age) / 1000)]),
        ]
    }

    private var signIns: Metric {
        Metric(
            "jeton_sign_ins_total", .counter, "Attempts to sign in, by way and outcome",
            sessions.counts.all.sorted { $0.key < $1.key }.map { outcome, count in
                .init(Double(count), [.init("way", outcome.method.rawValue), .init("outcome", outcome.name)])
            })
    }
}

extension VerdictCounts.Count {
    /// Its sample. The name of a service contains no parentheses.
    fileprivate var sample: Metric.Sample {
        let (verdict, reason) =
            switch verdict {
            case .success(let good): ("granted", good.rawValue)
            case .failure(let denial): ("denied", denial.reason)
            }
        return .init(
            Double(count),
            [
                .init("service", service?.text ?? "(unknown)"), .init("way", way.rawValue),
                .init("verdict", verdict), .init("reason", reason),
            ])
    }
}

extension LedgerLocation {
    fileprivate var kind: String {
        switch self {
        case .sqlite: "sqlite"
        case .postgresql: "postgresql"
        }
    }
}

import Gate
import HTTPServer
import Ledger
import Metrics
import SignIn
import Tokens

extension Components {
    /// All figures of this moment. None of them names a person, an address or a token.
    var metrics: [Metric] {
        verifying + requests.metrics + keeping + following + [signIns] + Metric.ofProcess(.now)
    }

    private var verifying: [Metric] {
        [
            Metric(
                "jeton_build_info", .gauge, "Which Jeton this is, always 1",
                [.init(1, [.init("version", Version.number), .init("ledger", configuration.ledger.kind)])]),
            Metric(
                "jeton_ready", .gauge, "Whether this node is able to verify, as /readyz says",
                readiness.state == .ready ? 1 : 0),
            Metric(
                "jeton_draining", .gauge, "Whether this node was told to stop and serves on for stop.drain",
                readiness.state == .draining ? 1 : 0),
            Metric(
                "jeton_verifications_total", .counter,
                "Verdicts by the service, how it asked, and by what was granted or why it was denied",
                verdicts.all.map(\.sample)),
            Metric("jeton_index_tokens", .gauge, "Tokens in memory, revoked ones too", index.count),
            Metric("jeton_index_people", .gauge, "People in memory, suspended ones too", index.countOfPeople),
            Metric("jeton_index_bytes", .gauge, "Memory that the table of tokens takes", index.byteCount),
        ]
    }

    private var keeping: [Metric] {
        let figures = uses.figures
        return [
            Metric(
                "jeton_ledger_errors_total", .counter,
                "How often the ledger failed, by what it was to do; that it refused something is no error",
                LedgerFailures.Work.allCases.map {
                    .init(Double(ledger.failures[$0]), [.init("work", $0.rawValue)])
                }),
            Metric(
                "jeton_uses_waiting", .gauge, "Rows of uses that wait in memory to be written",
                figures.waiting),
            Metric(
                "jeton_uses_written_total", .counter, "Uses that were written to the ledger", figures.written),
            Metric(
                "jeton_uses_lost_total", .counter,
                "Uses that were not counted, since too many kinds of them came between two writes",
                figures.lost),
        ]
    }

    /// What there is to tell where other nodes change the ledger, too.
    private var following: [Metric] {
        guard let shared, let span = staleness.span else { return [] }
        var metrics = [
            Metric(
                "jeton_stale_for_seconds", .gauge, "After how much lag nothing is granted",
                [.init(Double(span.milliseconds) / 1000)])
        ]
        if let lag = staleness.lag {
            metrics.append(
                Metric(
                    "jeton_change_lag_seconds", .gauge,
                    "Time since the last moment at which this node is known to have known of every change",
                    [.init(Double(lag.milliseconds) / 1000)]))
        }
        if let followed = shared.ledger.followed {
            metrics.append(
                Metric(
                    "jeton_change_number", .gauge, "The latest change that this node has taken in", followed))
        }
        return metrics
    }

    private var signIns: Metric {
        Metric(
            "jeton_sign_ins_total", .counter, "Attempts to sign in, by how and by what came of it",
            sessions.counts.all.sorted { $0.key < $1.key }.map { outcome, count in
                .init(Double(count), [.init("way", outcome.way.rawValue), .init("outcome", outcome.name)])
            })
    }
}

extension VerdictCounts.Count {
    /// What monitoring is told of it. A service's name holds no parentheses.
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

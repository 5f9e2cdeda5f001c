import Tokens

/// Decides which refusals become events of their own, and counts the rest, since anybody can cause refusals
/// without end.
///
/// For each reason the first few from an address become events, and some more from all addresses together.
/// The rest is summed up after a quarter of an hour. Each reason has limits of its own, so that strangers'
/// refusals bury no others. Memory is bounded.
struct RefusalTally: Sendable {
    /// The time in which refusals are counted together.
    static let window = TimeSpan.minutes(15)
    /// The most events for one reason from one address, or IPv6 network of 64 bits, within the window.
    static let perAddress = 5
    /// The most events for one reason from all addresses within the window.
    static let perReason = 30
    /// The most addresses that are counted separately.
    static let addresses = 1000

    /// Refusals for one reason that were counted and did not become events.
    struct Summary: Hashable, Sendable {
        let reason: String
        var count: Int
        /// The number of addresses, no more than ``RefusalTally/addresses``.
        var sources: Int
        /// The address that most of them came from; `nil` where it is not known.
        var busiest: IPAddress?

        /// The text of the event: `wrong password: 40 more like it from 3 addresses`.
        var detail: String {
            let most = sources >= RefusalTally.addresses ? "\(sources) or more" : "\(sources)"
            return
                "\(reason): \(count) more like it from \(sources == 1 ? "one address" : "\(most) addresses")"
        }

        /// The address of the event.
        var address: String {
            busiest.map { $0.isV4 ? "\($0)" : "\($0)/64" } ?? ""
        }
    }

    private struct Window: Sendable {
        let since: Timestamp
        var written = 0
        var more = 0
        /// By address: how many became events, and how many more were counted.
        var sources: [IPAddress?: (written: Int, more: Int)] = [:]

        /// A window that began in the future, under a clock that was ahead, counts as over.
        func isOver(at now: Timestamp) -> Bool { !since.isWithin(RefusalTally.window, before: now) }
    }

    private var windows: [String: Window] = [:]

    /// Counts a refusal. Returns whether it becomes an event, and the summary of the previous window where
    /// that is over. There must be few different reasons.
    mutating func count(
        _ reason: String, from address: IPAddress?, at now: Timestamp
    ) -> (isWritten: Bool, before: Summary?) {
        var before: Summary?
        if windows[reason]?.isOver(at: now) ?? false { before = take(reason) }
        var window = windows[reason] ?? Window(since: now)
        let network = address?.network
        let known = window.sources[network]
        var source = known ?? (0, 0)
        let isWritten = source.written < Self.perAddress && window.written < Self.perReason
        if isWritten {
            source.written += 1
            window.written += 1
        } else {
            source.more += 1
            window.more += 1
        }
        if known != nil || window.sources.count < Self.addresses { window.sources[network] = source }
        windows[reason] = window
        return (isWritten, before)
    }

    /// The summaries of the windows that are over at `now`, or with `nil` of all windows.
    mutating func due(at now: Timestamp?) -> [Summary] {
        windows.keys.sorted().compactMap { reason in
            guard let window = windows[reason], now.map(window.isOver) ?? true else { return nil }
            return take(reason)
        }
    }

    /// Takes back a summary that could not be written.
    mutating func restore(_ summary: Summary, at now: Timestamp) {
        var window = windows[summary.reason] ?? Window(since: now)
        window.more += summary.count
        window.sources[summary.busiest, default: (0, 0)].more += summary.count
        windows[summary.reason] = window
    }

    private mutating func take(_ reason: String) -> Summary? {
        guard let window = windows.removeValue(forKey: reason), window.more > 0 else { return nil }
        let sources = window.sources.filter { $0.value.more > 0 }
        let busiest = sources.max { $0.value.more < $1.value.more }
        return Summary(
            reason: reason, count: window.more, sources: max(1, sources.count), busiest: busiest?.key)
    }
}

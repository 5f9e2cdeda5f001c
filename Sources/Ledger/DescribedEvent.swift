public import Tokens

/// An event with the subjects that it names, as they are now.
public struct DescribedEvent: Hashable, Sendable {
    public let event: Event
    /// Who did it; `nil` for the command line, and where it is unknown.
    public let actor: Subject?
    /// The subject it is about.
    public let subject: Subject?

    public init(_ event: Event, actor: Subject? = nil, subject: Subject? = nil) {
        self.event = event
        self.actor = actor
        self.subject = subject
    }
}

extension SubjectLedger {
    /// The events with the subjects that they name.
    public func described(_ events: [Event]) async throws(LedgerError) -> [DescribedEvent] {
        let known = try await subjects(Set(events.flatMap { [$0.actor, $0.subject].compactMap(\.self) }))
        return events.map { event in
            DescribedEvent(
                event, actor: event.actor.flatMap { known[$0] }, subject: event.subject.flatMap { known[$0] })
        }
    }
}

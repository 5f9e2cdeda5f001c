internal import Ledger
internal import SQL
internal import Sodium
internal import Tokens

extension Transaction {
    /// How long a browser is remembered after its last sign-in.
    private static let lasting = TimeSpan.days(365)

    /// Remembers the browser of a sign-in, and adds an event where its person has signed in before, but not with it. A
    /// browser is a name and a network: its version changes every few weeks.
    func noteBrowser(of session: Session, signedInBy event: Event) throws {
        let (now, person) = (session.createdAt, session.subject)
        let name = session.client.prefix { !$0.isNumber }
        let network = UsePlaces.network(of: session.address)
        let isFirst = try remember("person \(person.number)", at: now)
        let isNew = try remember("person \(person.number) browser \(name) from \(network)", at: now)
        guard isNew, !isFirst else { return }
        try insert(
            Event(
                .newBrowser, at: now, actor: person, subject: person, address: event.address,
                detail: session.client))
    }

    /// Marks something as seen at `now`. Returns whether it was not.
    private func remember(_ text: String, at now: Timestamp) throws -> Bool {
        let mark = SHA256Digest(of: "signed in: \(text)")
        if try self.use(mark, until: now + Self.lasting, at: now) { return true }
        try statement("UPDATE used_marks SET until = ?2 WHERE digest = ?1").run(mark, now + Self.lasting)
        return false
    }
}

import Ledger
import Tokens

extension TokenFilter {
    /// The most bytes of a text that is searched for.
    public static let searchLimit = 1024

    /// What it asks for. `owner` is whose login ``Field/owner`` is, if that is anybody's. Throws
    /// ``DeskFault/invalid(_:)`` with the faults of all fields.
    func query(owner: Subject?, at now: Timestamp, limit: Int) throws(DeskFault) -> TokenQuery {
        var reading = TokenFilterReading(filter: self)
        let query = reading.query(owner: owner, at: now, limit: limit)
        guard reading.faults.isEmpty else { throw .invalid(reading.faults) }
        return query
    }
}

/// Reads the texts of a filter, and gathers what is wrong with them.
private struct TokenFilterReading {
    let filter: TokenFilter
    private(set) var faults: [FieldFault] = []

    init(filter: TokenFilter) {
        self.filter = filter
    }

    mutating func query(owner: Subject?, at now: Timestamp, limit: Int) -> TokenQuery {
        var query = TokenQuery(
            owner: self.owner(owner), states: states(), now: now, search: text(.search), limit: limit)
        query.ownerKind = choice(.kind)
        query.allowing = allowing()
        query.used = used()
        query.created = range(.createdFrom, .createdUntil)
        query.finding = choice(.finding)
        query.order = choice(.sort) ?? .newest
        query.after = cursor(in: query.order)
        return query
    }

    private mutating func refuse(_ field: TokenFilter.Field, _ detail: String) {
        faults.append(FieldFault(field.rawValue, detail))
    }

    private mutating func owner(_ owner: Subject?) -> SubjectID? {
        guard let login = filter[.owner] else { return nil }
        guard let owner else {
            refuse(.owner, "must be the whole login of somebody here: nobody has the login “\(shown(login))”")
            return nil
        }
        return owner.id
    }

    private mutating func states() -> Set<Token.State> {
        var states: Set<Token.State> = []
        for text in filter.states {
            // The word of version 1 is the API's.
            let fits = Token.State.allCases.filter { [$0.word, $0.rawValue, "all"].contains(text) }
            if fits.isEmpty {
                refuse(.state, "must be active, paused, expired, revoked or all, not “\(shown(text))”")
            }
            states.formUnion(fits)
        }
        return states.isEmpty ? Token.State.working : states
    }

    /// One of the choices that `Choice` has.
    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: TokenFilter.Field
    ) -> Choice? {
        guard let text = filter[field] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            refuse(field, "must be one of \(names(Choice.self)), not “\(shown(text))”")
            return nil
        }
        return choice
    }

    private mutating func text(_ field: TokenFilter.Field) -> String? {
        guard let text = filter[field] else { return nil }
        guard text.utf8.count <= TokenFilter.searchLimit else {
            refuse(field, "must have at most \(TokenFilter.searchLimit) bytes")
            return nil
        }
        return text
    }

    private mutating func allowing() -> ServiceName? {
        guard let text = filter[.allows] else { return nil }
        do throws(TextFault) {
            return try ServiceName(text)
        } catch {
            refuse(.allows, error.description)
            return nil
        }
    }

    // MARK: How it was used

    private mutating func used() -> UsePlaceQuery? {
        let used = UsePlaceQuery(
            service: service(), addresses: addresses(), client: text(.client),
            at: range(.usedFrom, .usedUntil))
        return used == UsePlaceQuery() ? nil : used
    }

    /// The name of a service, or of the desk, whose uses count as well.
    private mutating func service() -> String? {
        guard let text = filter[.service], text != ServiceName.desk else { return filter[.service] }
        do throws(TextFault) {
            return try ServiceName(text).text
        } catch {
            refuse(.service, error.description)
            return nil
        }
    }

    private mutating func addresses() -> AddressRange? {
        guard let text = filter[.address] else { return nil }
        guard let range = AddressRange(text) else {
            refuse(.address, "must be an IP address or a range such as 10.0.0.0/8 or 2001:db8::/32")
            return nil
        }
        return range
    }

    // MARK: Times and pages

    private mutating func range(_ from: TokenFilter.Field, _ until: TokenFilter.Field) -> MomentRange {
        let range = MomentRange(
            from: moment(from) { Timestamp(date: $0) }, until: moment(until) { Timestamp(lastDay: $0) })
        if let start = range.from, let end = range.until, end <= start {
            refuse(until, "must not be before the first")
        }
        return range
    }

    /// A moment, or what a date stands for.
    private mutating func moment(
        _ field: TokenFilter.Field, ofDate: (String) -> Timestamp?
    ) -> Timestamp? {
        guard let text = filter[field] else { return nil }
        guard let moment = ofDate(text) ?? Timestamp(rfc3339: text) else {
            refuse(field, "must be a date such as 2026-01-31, or a moment such as 2026-01-31T08:05:00Z")
            return nil
        }
        return moment
    }

    private mutating func cursor(in order: TokenOrder) -> TokenCursor? {
        guard let text = filter[.after] else { return nil }
        guard let cursor = TokenCursor(text), order.admits(cursor.key) else {
            refuse(.after, "must be the cursor of a page in this order: start at the first page")
            return nil
        }
        return cursor
    }

    // MARK: Words

    private func names<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> String {
        choices.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension TokenOrder {
    /// Whether a cursor of this order may have that key.
    fileprivate func admits(_ key: CursorKey) -> Bool {
        switch (self, key) {
        case (.newest, .none), (.oldest, .none), (.name, .text), (.owner, .text): true
        case (.lastUse, .none), (.leastUsed, .none), (.expiry, .none): true
        case (.lastUse, .number), (.leastUsed, .number), (.expiry, .number): true
        default: false
        }
    }
}

public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func groups(of id: SubjectID) async throws(LedgerError) -> GroupsByWay {
        try await read { try $0.groups(of: id) ?? GroupsByWay(claimed: [], provisioned: []) }
    }

    @discardableResult
    public func changeGroups(
        of id: SubjectID, adding: [String], removing: [String], event: Event
    ) async throws(LedgerError) -> Subject {
        try await writer.write { [namedGroups] transaction in
            let former = try transaction.statement(
                "SELECT \(Subject.columns) FROM subjects WHERE id = ? AND ended_at IS NULL"
            ).first(id) { try $0.subject() }
            guard let former, let claimed = try transaction.database.groups(of: id)?.claimed else {
                throw LedgerError.noSuchSubject
            }
            let groups = (claimed.filter { !removing.containsExactly($0) } + adding).uniqued()
            guard !groups.elementsEqual(claimed, by: { $0.isExactly($1) }) else { return former }
            guard groups.count <= GroupName.limit else { throw LedgerError.tooManyGroups }
            try transaction.statement("UPDATE subjects SET claimed_groups = ?2 WHERE id = ?1")
                .run(id, TextList.join(groups))
            try transaction.insert(event)
            return try transaction.unite(id, at: event.at, named: namedGroups)
        }
    }

    public func groups(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedGroup] {
        try await read { database in
            switch key {
            case nil: try database.groups("TRUE", [])
            case .name(let name):
                try database.groups("provisioned_groups.name_folded = ?", [name.folded])
            case .externalID(let name):
                try database.groups("provisioned_groups.external_id = ?", [name])
            }
        }
    }

    public func group(_ id: GroupID) async throws(LedgerError) -> ProvisionedGroup? {
        try await read { try $0.group(id) }
    }

    public func add(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError) {
        try await writer.write { [namedGroups] transaction in
            try transaction.refuseTaken(group)
            try transaction.statement(
                """
                INSERT INTO provisioned_groups (id, name, name_folded, external_id, created_at, modified_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
            ).run(
                group.id, group.name, group.name.folded, group.externalID, group.createdAt, group.modifiedAt)
            try transaction.change(members: group.members, of: group.id)
            try transaction.insert(event)
            try transaction.unite(group.members, at: event.at, named: namedGroups, administrators)
        }
    }

    @discardableResult
    public func update(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError) -> ProvisionedGroup {
        try await writer.write { [namedGroups] transaction in
            let former = try transaction.expect(group.id, at: group.revision)
            // Groups that share a name since before this rule may still change otherwise.
            if !group.isNamed(as: former) { try transaction.refuseTaken(group) }
            try transaction.statement(
                """
                UPDATE provisioned_groups SET name = ?2, name_folded = ?3, external_id = ?4,
                    modified_at = ?5, revision = revision + 1
                WHERE id = ?1
                """
            ).run(group.id, group.name, group.name.folded, group.externalID, event.at)
            try transaction.change(members: group.members, of: group.id, formerly: former.members)
            try transaction.insert(event)
            // A new name concerns all members.
            let touched =
                former.name.isExactly(group.name)
                ? former.members.symmetricDifference(group.members) : former.members.union(group.members)
            try transaction.unite(touched, at: event.at, named: namedGroups, administrators)
            return try transaction.expect(group.id, at: nil)
        }
    }

    public func remove(
        _ id: GroupID, at revision: Int64?, administrators: [String], event: Event
    ) async throws(LedgerError) {
        try await writer.write { [namedGroups] transaction in
            let former = try transaction.expect(id, at: revision)
            try transaction.change(members: [], of: id, formerly: former.members)
            try transaction.statement("DELETE FROM provisioned_groups WHERE id = ?").run(id)
            try transaction.insert(event)
            try transaction.unite(former.members, at: event.at, named: namedGroups, administrators)
        }
    }
}

extension SQLDatabase {
    /// The groups of a subject; `nil` where there is no such subject.
    func groups(of id: SubjectID) throws -> GroupsByWay? {
        let claimed = try statement("SELECT claimed_groups FROM subjects WHERE id = ?").first(id) { row in
            try row.known(TextList.split(row.text(0)), "list of groups")
        }
        guard let claimed else { return nil }
        let provisioned = try statement(
            """
            SELECT DISTINCT provisioned_groups.name FROM memberships
            JOIN provisioned_groups ON provisioned_groups.id = memberships."group"
            WHERE subject = ? ORDER BY provisioned_groups.name
            """
        ).all([id]) { $0.text(0) }
        return GroupsByWay(claimed: claimed, provisioned: provisioned.filter(GroupName.isTold))
    }

    fileprivate func group(_ id: GroupID) throws -> ProvisionedGroup? {
        try groups("provisioned_groups.id = ?", [id]).first
    }

    fileprivate func groups(_ condition: String, _ values: [(any Bindable)?]) throws -> [ProvisionedGroup] {
        var members: [GroupID: Set<SubjectID>] = [:]
        try statement(
            """
            SELECT memberships."group", memberships.subject FROM memberships
            JOIN provisioned_groups ON provisioned_groups.id = memberships."group" WHERE \(condition)
            """
        ).all(values) { (row) -> (GroupID, SubjectID) in (row.identifier(0), row.identifier(1)) }
            .forEach { members[$0.0, default: []].insert($0.1) }
        return try statement(
            """
            SELECT \(ProvisionedGroupColumn.list) FROM provisioned_groups WHERE \(condition) ORDER BY id
            """
        ).all(values) { row in
            func at(_ column: ProvisionedGroupColumn) -> Int32 { column.rawValue }
            let id: GroupID = row.identifier(at(.id))
            return ProvisionedGroup(
                id: id, name: row.text(at(.name)), externalID: row.optionalText(at(.externalId)),
                members: members[id] ?? [], createdAt: row.timestamp(at(.createdAt)),
                modifiedAt: row.timestamp(at(.modifiedAt)), revision: row.integer(at(.revision)))
        }
    }
}

private enum ProvisionedGroupColumn: Int32, ColumnList {
    case id, name, externalId, createdAt, modifiedAt, revision
}

extension ProvisionedGroup {
    /// Whether name and `externalId` are the same, byte for byte.
    fileprivate func isNamed(as other: Self) -> Bool {
        name.isExactly(other.name)
            && (externalID ?? "").isExactly(other.externalID ?? "")
    }
}

extension Transaction {
    /// Refuses a group whose `externalId`, or where neither has one, whose name another group has.
    fileprivate func refuseTaken(_ group: ProvisionedGroup) throws {
        if let externalID = group.externalID {
            let holder = try statement("SELECT 1 FROM provisioned_groups WHERE external_id = ? AND id <> ?")
                .first(externalID, group.id) { _ in true }
            if holder != nil { throw LedgerError.externalIDTaken }
        } else {
            let holder = try statement(
                """
                SELECT 1 FROM provisioned_groups
                WHERE name_folded = ? AND name = ? AND external_id IS NULL AND id <> ?
                """
            ).first(group.name.folded, group.name, group.id) { _ in true }
            if holder != nil { throw LedgerError.groupNameTaken }
        }
    }

    /// Reads a group, which must be at `revision` where it is given.
    fileprivate func expect(_ id: GroupID, at revision: Int64?) throws -> ProvisionedGroup {
        guard let found = try database.group(id) else { throw LedgerError.noSuchGroup }
        if let revision, revision != found.revision { throw LedgerError.changedMeanwhile }
        return found
    }

    fileprivate func change(
        members: Set<SubjectID>, of group: GroupID, formerly former: Set<SubjectID> = []
    ) throws {
        let joining = try statement(
            """
            INSERT INTO memberships ("group", subject)
            SELECT CAST(?1 AS BIGINT), id FROM subjects WHERE id = ?2 AND \(Subject.isProvisionable)
            """)
        for subject in members.subtracting(former) {
            guard try joining.run(group, subject) == 1 else { throw LedgerError.noSuchSubject }
        }
        let leaving = try statement("DELETE FROM memberships WHERE \"group\" = ? AND subject = ?")
        for subject in former.subtracting(members) { try leaving.run(group, subject) }
    }

    /// Removes a subject from every group, and counts that as a change of the group.
    func leaveGroups(_ id: SubjectID, at now: Timestamp) throws {
        try statement(
            """
            UPDATE provisioned_groups SET modified_at = ?2, revision = revision + 1
            WHERE id IN (SELECT "group" FROM memberships WHERE subject = ?1)
            """
        ).run(id, now)
        try statement("DELETE FROM memberships WHERE subject = ?").run(id)
    }

    /// Stores the claimed and provisioned groups of a subject together; where there are too many, those in
    /// `named` are kept first. Returns the subject as it now is.
    @discardableResult
    func unite(
        _ id: SubjectID, at now: Timestamp, named: [String], _ administrators: [String] = []
    ) throws -> Subject {
        guard let groups = try database.groups(of: id)?.all else { throw LedgerError.noSuchSubject }
        // All groups decide, including those that are not kept.
        let isAdministrator =
            administrators.isEmpty ? nil : administrators.sharesAny(of: groups)
        let united = try statement(
            """
            UPDATE subjects SET groups = ?2, is_administrator = coalesce(?3, is_administrator),
                \(Subject.remembersRole),
                modified_at = ?4, revision = revision + 1
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(id, TextList.join(GroupName.kept(groups, named: named)), isAdministrator, now) {
            try $0.subject()
        }
        guard let united else { throw LedgerError.noSuchSubject }
        tell(.subject(united))
        return united
    }

    fileprivate func unite(
        _ subjects: Set<SubjectID>, at now: Timestamp, named: [String], _ administrators: [String]
    ) throws {
        for subject in subjects { try unite(subject, at: now, named: named, administrators) }
    }

    /// Stores groups that the desk assigned as claimed, unless they are what the subject has anyway.
    func claim(_ groups: [String], for id: SubjectID) throws {
        try statement("UPDATE subjects SET claimed_groups = ?2 WHERE id = ?1 AND groups <> ?2")
            .run(id, TextList.join(groups))
    }
}

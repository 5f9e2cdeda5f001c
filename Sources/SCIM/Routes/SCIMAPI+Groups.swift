import HTTPServer
import JSON
import Ledger
import Tokens

extension SCIMAPI {
    func addGroups(to scim: inout RouteGroup) {
        let kind = ResourceKind.group
        add("GET", "/Groups", to: &scim) { request, _ in
            let query = try ListQuery(request.queryItems, kind)
            return try await query.answer(of: try await groups(query), kind)
        }
        add("POST", "/Groups/.search", to: &scim) { request, _ in
            let query = try ListQuery(try request.members, kind)
            return try await query.answer(of: try await groups(query), kind)
        }
        add("POST", "/Groups", to: &scim, handler: addGroup)
        add("GET", "/Groups/{id}", to: &scim) { (request, _, id: String) in
            try answer(GroupResource(group: try await group(id), base: address), to: request)
        }
        add("PUT", "/Groups/{id}", to: &scim) { (request, provisioner, id: String) in
            let members = try kind.read(try request.members)
            return try await change(id, request, provisioner) { _ in members }
        }
        add("PATCH", "/Groups/{id}", to: &scim) { (request, provisioner, id: String) in
            var budget = WorkBudget()
            let operations = try PatchOperation.all(in: try request.members, kind, &budget)
            return try await change(id, request, provisioner) { [budget] group throws(SCIMFault) in
                try await Patch.apply(operations, to: try kind.read(group.members), of: kind, budget)
            }
        }
        add("DELETE", "/Groups/{id}", to: &scim, handler: removeGroup)
    }

    // MARK: Read

    private func group(_ text: String) async throws -> ProvisionedGroup {
        guard let id = GroupID(text), let group = try await ledger.group(id) else {
            throw SCIMFault.noSuch(.group)
        }
        return group
    }

    private func answer(_ group: GroupResource, to request: Request) throws(SCIMFault) -> Response {
        let selection = try ListQuery(request.queryItems, .group).selection
        return .resource(group.members, .group, version: group.version, selection, for: request)
    }

    /// The groups that can match a query, as resources.
    func groups(_ query: ListQuery) async throws -> [[String: JSONValue]] {
        try await ledger.groups(query.key(name: "displayName")).map {
            GroupResource(group: $0, base: address).members
        }
    }

    // MARK: Change

    private func addGroup(_ request: Request, _ provisioner: Provisioner) async throws -> Response {
        let group = try ProvisionedGroup(id: .make(at: provisioner.now), name: "", createdAt: provisioner.now)
            .saying(try ResourceKind.group.read(try request.members))
        do throws(LedgerError) {
            try await ledger.add(
                group, administrators: administrators,
                event: provisioner.event(.groupAdded, nil, "\(group.name): \(group.members.count) members"))
        } catch .noSuchSubject {
            throw SCIMFault.noSuchMember
        } catch .externalIDTaken {
            throw try await refusal(ofTaken: .group, nil, group.name, provisioner)
        } catch .groupNameTaken {
            throw SCIMFault.groupNameTaken
        }
        let resource = GroupResource(group: group, base: address)
        return try answer(resource, to: request).created(at: resource.location)
    }

    /// Replaces a group with the result of `change`, again if another request changed it in the meantime.
    private func change(
        _ id: String, _ request: Request, _ provisioner: Provisioner,
        _ change: (GroupResource) async throws(SCIMFault) -> [String: JSONValue]
    ) async throws -> Response {
        let changed = try await untilUnchanged { () async throws -> ProvisionedGroup? in
            let former = try await group(id)
            let resource = GroupResource(group: former, base: address)
            try request.mustMatch(resource.version)
            let group = try former.saying(try await change(resource))
            guard group != former else { return former }
            do throws(LedgerError) {
                return try await ledger.update(
                    group, administrators: administrators,
                    event: provisioner.event(.groupChanged, nil, group.difference(from: former)))
            } catch .changedMeanwhile {
                return nil
            } catch .noSuchSubject {
                throw SCIMFault.noSuchMember
            } catch .externalIDTaken {
                throw try await refusal(ofTaken: .group, nil, group.name, provisioner)
            } catch .groupNameTaken {
                throw SCIMFault.groupNameTaken
            } catch .noSuchGroup {
                throw SCIMFault.noSuch(.group)
            }
        }
        return try answer(GroupResource(group: changed, base: address), to: request)
    }

    private func removeGroup(
        _ request: Request, _ provisioner: Provisioner, _ id: String
    ) async throws -> Response {
        let group = try await group(id)
        try request.mustMatch(GroupResource(group: group, base: address).version)
        do throws(LedgerError) {
            try await ledger.remove(
                group.id, at: request.headers["if-match"] == nil ? nil : group.revision,
                administrators: administrators, event: provisioner.event(.groupRemoved, nil, group.name))
        } catch .noSuchGroup {
            throw SCIMFault.noSuch(.group)
        } catch .changedMeanwhile {
            throw SCIMFault.preconditionFailed
        }
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }
}

extension SCIMFault {
    fileprivate static let groupNameTaken = SCIMFault(
        status: 409, .uniqueness,
        "another group has this displayName, and neither has an externalId to tell them apart: change that "
            + "group, or send an externalId")
}

extension ProvisionedGroup {
    /// The change as the detail of an event.
    fileprivate func difference(from former: ProvisionedGroup) -> String {
        let named = former.name == name ? name : "\(former.name) is now \(name)"
        let (joined, left) = (
            members.subtracting(former.members).count, former.members.subtracting(members).count
        )
        return "\(named): \(joined) joined, \(left) left"
    }
}

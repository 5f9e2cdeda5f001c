import HTTPServer
import JSON
import Ledger
import Tokens

extension SCIMAPI {
    func addUsers(to scim: inout RouteGroup) {
        let kind = ResourceKind.user
        add("GET", "/Users", to: &scim) { request, _ in
            let query = try ListQuery(request.queryItems, kind)
            return try await query.answer(of: try await users(query), kind)
        }
        add("POST", "/Users/.search", to: &scim) { request, _ in
            let query = try ListQuery(try request.members, kind)
            return try await query.answer(of: try await users(query), kind)
        }
        add("POST", "/Users", to: &scim, handler: addUser)
        add("GET", "/Users/{id}", to: &scim) { (request, _, id: String) in
            try answer(UserResource(person: try await person(id), base: address), to: request)
        }
        add("PUT", "/Users/{id}", to: &scim) { (request, provisioner, id: String) in
            let members = try kind.read(try request.members)
            return try await change(id, request, provisioner) { user throws(SCIMFault) in
                // Without `active`, a deactivated person stays deactivated.
                try members.merging(user.writable.filter { $0.key == "active" }) { sent, _ in sent }
            }
        }
        add("PATCH", "/Users/{id}", to: &scim) { (request, provisioner, id: String) in
            var budget = WorkBudget()
            let operations = try PatchOperation.all(in: try request.members, kind, &budget)
            return try await change(id, request, provisioner) { [budget] user throws(SCIMFault) in
                try await Patch.apply(operations, to: user.writable, of: kind, budget)
            }
        }
        add("DELETE", "/Users/{id}", to: &scim, handler: endUser)
    }

    // MARK: Read

    private func person(_ text: String) async throws -> ProvisionedPerson {
        guard let id = SubjectID(text), let person = try await ledger.person(id) else {
            throw SCIMFault.noSuch(.user)
        }
        return person
    }

    private func answer(_ user: UserResource, to request: Request) throws(SCIMFault) -> Response {
        let selection = try ListQuery(request.queryItems, .user).selection
        return .resource(user.members, .user, version: user.version, selection, for: request)
    }

    /// The users that can match a query, as resources.
    func users(_ query: ListQuery) async throws -> [[String: JSONValue]] {
        try await ledger.people(query.key(name: "userName")).map {
            UserResource(person: $0, base: address).members
        }
    }

    // MARK: Change

    private func addUser(_ request: Request, _ provisioner: Provisioner) async throws -> Response {
        let provision = try Provision(try ResourceKind.user.read(try request.members))
        try provision.refuseWordOfTools()
        let subject = Subject(
            id: .make(at: provisioner.now), login: provision.login, name: provision.name,
            email: provision.email, createdAt: provisioner.now, lastSignInAt: provisioner.now,
            deactivatedAt: provision.isActive ? nil : provisioner.now)
        do throws(LedgerError) {
            try await ledger.add(
                subject, provisioned: provision,
                event: provisioner.event(.subjectAdded, subject.id, subject.login.text))
        } catch .loginTaken {
            throw try await collision(provision.login, provisioner)
        } catch .loginReserved {
            throw SCIMFault.keptForAccounts
        } catch .externalIDTaken {
            throw try await refusal(ofTaken: .user, nil, "\(provision.login)", provisioner)
        }
        let user = UserResource(person: try await person(subject.id.text), base: address)
        return try answer(user, to: request).created(at: user.location)
    }

    /// Replaces a user with the result of `change`, again if another request changed it in the meantime.
    private func change(
        _ id: String, _ request: Request, _ provisioner: Provisioner,
        _ change: (UserResource) async throws(SCIMFault) -> [String: JSONValue]
    ) async throws -> Response {
        let changed = try await untilUnchanged { () async throws -> ProvisionedPerson? in
            let person = try await person(id)
            let user = UserResource(person: person, base: address)
            try request.mustMatch(user.version)
            let members = try await change(user)
            var provision = try Provision(members)
            try provision.refuseWordOfTools(formerly: person.subject.login)
            provision.keepUnsaid(members, of: person)
            guard provision != person.provision else { return person }
            if person.isSleeping(otherThan: provision) { throw try await another(person, provisioner) }
            do throws(LedgerError) {
                return try await ledger.update(
                    person.subject.id, at: person.revision, to: provision,
                    events: events(person, provision, provisioner))
            } catch .changedMeanwhile {
                return nil
            } catch .loginTaken {
                throw try await collision(provision.login, provisioner)
            } catch .loginReserved {
                throw SCIMFault.keptForAccounts
            } catch .externalIDTaken {
                throw try await refusal(
                    ofTaken: .user, person.subject.id, "\(person.subject.login)", provisioner)
            } catch .noSuchSubject {
                throw SCIMFault.noSuch(.user)
            }
        }
        return try answer(UserResource(person: changed, base: address), to: request)
    }

    /// The events of a change: first a deactivation or reactivation.
    private func events(
        _ person: ProvisionedPerson, _ provision: Provision, _ provisioner: Provisioner
    ) -> [Event] {
        let id = person.subject.id
        var events: [Event] = []
        let wasActive = person.subject.deactivatedAt == nil
        if wasActive != provision.isActive {
            events.append(
                provisioner.event(provision.isActive ? .subjectReactivated : .subjectDeactivated, id))
        }
        var former = person.provision
        former?.isActive = provision.isActive
        if provision != former { events.append(provisioner.event(.subjectChanged, id, "by SCIM")) }
        return events
    }

    private func endUser(_ request: Request, _ provisioner: Provisioner, _ id: String) async throws
        -> Response
    {
        let person = try await person(id)
        try request.mustMatch(UserResource(person: person, base: address).version)
        do throws(LedgerError) {
            try await ledger.end(
                person.subject.id, at: request.headers["if-match"] == nil ? nil : person.revision,
                event: provisioner.event(.subjectEnded, person.subject.id))
        } catch .noSuchSubject {
            throw SCIMFault.noSuch(.user)
        } catch .changedMeanwhile {
            throw SCIMFault.preconditionFailed
        }
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }

    /// The refusal of a login that is taken. Also adds an event.
    private func collision(_ login: Login, _ provisioner: Provisioner) async throws -> SCIMFault {
        let holder = try await ledger.subject(login: login)
        try await ledger.add(
            provisioner.event(.provisioningRefused, holder?.id, "login_taken: \(login)"))
        return SCIMFault(
            status: 409, .uniqueness,
            "this userName is already taken: find its user with a filter, or choose another")
    }

    /// The refusal to reactivate an account for somebody else. Also adds an event.
    private func another(_ person: ProvisionedPerson, _ provisioner: Provisioner) async throws -> SCIMFault {
        let subject = person.subject
        try await ledger.add(
            provisioner.event(.provisioningRefused, subject.id, "external_id_changed: \(subject.login)"))
        return SCIMFault(
            status: 409, .uniqueness,
            "this user was deactivated under another externalId, and a different person would get their tokens: "
                + "delete the user if this is somebody else, or remove the externalId first if it is not")
    }
}

extension ProvisionedPerson {
    /// Whether the provider deactivated this person and now means somebody else with the same user, which it matched
    /// by login. The new person must not get the old one's tokens.
    fileprivate func isSleeping(otherThan provision: Provision) -> Bool {
        guard subject.deactivatedAt != nil, let externalID, let other = provision.externalID else {
            return false
        }
        return !externalID.isExactly(other)
    }

    /// What the provider sent last; `nil` if it never sent anything, so that any change counts.
    var provision: Provision? {
        guard let details else { return nil }
        return Provision(
            login: subject.login, name: subject.name, email: subject.email,
            isActive: subject.deactivatedAt == nil, externalID: externalID, details: details)
    }
}

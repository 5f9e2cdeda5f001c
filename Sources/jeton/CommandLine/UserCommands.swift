import JSON
import Tokens

extension Command {
    private static let fullName = Flag(name: "--name", value: "NAME", summary: "their full name")
    private static let email = Flag(
        name: "--email", value: "ADDRESS",
        summary: "their e-mail address, which tools may send in place of the login")
    private static let admin = Flag(
        name: "--admin",
        summary: "make them an administrator, who can add and suspend people and revoke anybody's tokens"
    )
    private static let breakGlass = Flag(
        name: "--break-glass",
        summary: "make them an administrator with a password, even if an identity provider signs people in")

    private static let group = Flag(
        name: "--group", value: "GROUP", summary: "a group to put them in", isRepeated: true)

    private static let createLedger = Flag(
        name: "--create-ledger", summary: "create the ledger if there is none, as `jeton serve` does")

    private static let passwordDetails =
        "Asks for the password, or reads it from standard input if that is not a terminal."

    static let userAdd = Command(
        words: ["user", "add"], summary: "Add a person.", operands: ["LOGIN"],
        flags: [fullName, email, group, admin, breakGlass, createLedger, .data, .config],
        details: passwordDetails
    ) { (arguments, environment) throws(CommandFailure) in
        let password = try environment.readNewPassword()
        let administration = Administration(
            context: CommandContext(arguments, environment), createsLedger: arguments.has(createLedger))
        let person = try await administration.send(
            "POST", "/users",
            [
                "login": .string(arguments.operands[0]), "name": .optional(arguments.value(fullName)),
                "email": .optional(arguments.value(email)),
                "groups": .strings(arguments.values(group)),
                "administrator": .bool(arguments.has(admin) || arguments.has(breakGlass)),
                "break_glass": .bool(arguments.has(breakGlass)),
                "password": .string(password),
            ])
        var answer = CommandAnswer.done(person, "added \(person["login"]?.string ?? "")\n")
        if person["desk_is_administered"] == false {
            answer.notes = [
                "there is no administrator yet: `jeton user promote \(person.text("login"))` makes them one"
            ]
        }
        return answer
    }

    static let userList = Command(
        words: ["user", "list"], summary: "List people.", flags: [endedToo, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", "/users")
        let people = (answer["users"]?.array ?? []).filter {
            arguments.has(endedToo) || $0["ended_at"] == .null
        }
        let now = Clock.system.now
        var table = PrintedTable([
            "LOGIN", "NAME", "E-MAIL", "ROLE", "GROUPS", "STATE", "ADDED", "LAST SIGN-IN",
        ])
        for person in people {
            table.add([
                person.text("login"), person.text("name"), person.text("email"),
                person["administrator"] == true ? "administrator" : "", groups(of: person),
                state(of: person, at: now), person.moment("created_at"), person.moment("signed_in_at"),
            ])
        }
        return .facts(.array(people), table.text)
    }

    private static let endedToo = Flag(name: "--all", summary: "also list people whose account was ended")

    private static func state(of person: JSONValue, at now: Timestamp) -> String {
        let words = [
            ("ended_at", "ended"), ("suspended_at", "suspended"),
            ("deactivated_at", "deactivated by the provider"),
        ]
        let held = words.filter { person[$0.0] != .null }.map(\.1)
        guard held.isEmpty else { return held.joined(separator: ", ") }
        let sleep = Timestamp(rfc3339: person.text("tokens_sleep_at"))
        return sleep.map { $0 <= now } == true ? "tokens dormant" : ""
    }

    private static func groups(of person: JSONValue) -> String {
        person.list("groups", by: ", ")
    }

    private static let adding = Flag(
        name: "--add", value: "GROUP", summary: "a group to add them to", isRepeated: true)
    private static let removing = Flag(
        name: "--remove", value: "GROUP", summary: "a group to remove them from", isRepeated: true)

    static let userGroups = Command(
        words: ["user", "groups"],
        summary: "Print a person's groups, or change them, at once.",
        operands: ["LOGIN"], flags: [adding, removing, .data, .config],
        details:
            "A service with `groups` is only for people in one of them. For people who sign in through an identity\n"
            + "provider, or are provisioned by it, change the groups there."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = "/users/\(pathPiece(arguments.operands[0]))"
        let isChange = arguments.has(adding) || arguments.has(removing)
        let person =
            isChange
            ? try await administration.send(
                "POST", "\(path)/groups",
                [
                    "add": .strings(arguments.values(adding)),
                    "remove": .strings(arguments.values(removing)),
                ]) : try await administration.send("GET", path)
        let groups = groups(of: person)
        let sentence = "\(person.text("login")) is in \(groups.isEmpty ? "no group" : groups)\n"
        return isChange ? .done(person, sentence) : .facts(person, sentence)
    }

    static let userPromote = change(
        "promote", "Make a person an administrator.", done: "promoted",
        details: "If sign_in.oidc.admin_groups is set, the groups at the identity provider decide this.")
    static let userDemote = change(
        "demote", "Remove a person's administrator role, at once.",
        done: "demoted",
        details: "The last administrator who can sign in cannot be demoted.")

    static let invite = Command(
        words: ["invite"],
        summary: "Print a link for creating the first administrator's account.",
        flags: [.data, .config],
        details:
            "The link works for an hour, and only once; after one such link was used, no other works. There is\n"
            + "none if there has ever been an administrator, or if an identity provider signs people in."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let invitation = try await administration.send("POST", "/invite")
        return .facts(invitation, invitation.text("url") + "\n")
    }

    static let userSuspend = change(
        "suspend", "Refuse all of a person's tokens and end their sessions, at once.", done: "suspended")
    static let userResume = change("resume", "Let a suspended person's tokens work again.", done: "resumed")

    static let userReleaseIdentity = change(
        "release-identity",
        "Link the account to whoever signs in next with its login, and end its sessions.",
        done: "released the identity of",
        details:
            "For a person whose `sub` has changed at the identity provider. It applies for 7 days.")

    private static func change(
        _ verb: String, _ summary: String, done: String, details: String = ""
    ) -> Command {
        Command(
            words: ["user", verb], summary: summary, operands: ["LOGIN"], flags: [.data, .config],
            details: details
        ) { (arguments, environment) throws(CommandFailure) in
            let administration = Administration(context: CommandContext(arguments, environment))
            let person = try await administration.send(
                "POST", "/users/\(pathPiece(arguments.operands[0]))/\(verb)")
            let isInactive = verb == "resume" && person["deactivated_at"] != .null
            return .done(
                person,
                "\(done) \(person.text("login"))\n"
                    + (isInactive
                        ? "the identity provider has deactivated the account: reactivate it there as well\n"
                        : ""))
        }
    }

    static let userPassword = Command(
        words: ["user", "passwd"],
        summary: "Change a person's password and sign out all their browsers.",
        operands: ["LOGIN"], flags: [.data, .config],
        details: passwordDetails
    ) { (arguments, environment) throws(CommandFailure) in
        let password = try environment.readNewPassword()
        let administration = Administration(context: CommandContext(arguments, environment))
        let person = try await administration.send(
            "PUT", "/users/\(pathPiece(arguments.operands[0]))/password", ["password": .string(password)])
        return .done(person, "changed the password of \(person.text("login"))\n")
    }
}

import DeskAPI
import HTTPServer
import Ledger
import SignIn
import Sodium
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

/// Every page in every state worth looking at, with data that could be real.
enum PagesGallery {
    static let now = Timestamp(seconds: 1_774_345_500)  // 2026-03-24T09:45:00Z
    static let proof = FormProof(field: "csrf", value: "proof")
    static let reader = PageReader(login: "alice", name: "Alice Martin", isAdministrator: false, proof: proof)
    static let administrator = PageReader(
        login: "alice", name: "Alice Martin", isAdministrator: true, proof: proof)
    static let services = [
        service("maven", "Maven private repository", .http),
        service("git", "Studio projects over Git", .git, paths: ["/*/*.git", "/pub/*"]),
        service("studio", "Studio REST API", .http),
    ]
    static let wording = Wording(titles: ServiceTitles(services), now: now)

    static func service(
        _ name: String, _ title: String, _ kind: Service.Kind, paths: [String] = []
    ) -> Service {
        Service(
            name: (try? ServiceName(name))!, title: title, kind: kind,
            paths: paths.compactMap { PathPattern($0) })
    }

    static func id<Kind>(_ number: Int64) -> Identifier<Kind> {
        Identifier(number: (now.milliseconds << 21) + number)
    }

    static func person(
        _ number: Int64, _ login: String, _ name: String, email: String? = nil,
        isAdministrator: Bool = false, suspended: Bool = false
    ) -> Subject {
        Subject(
            id: id(number), login: (try? Login(login))!, name: name, email: email,
            isAdministrator: isAdministrator, suspendedAt: suspended ? now - .days(3) : nil,
            createdAt: now - .days(200 - number))
    }

    static let alice = person(1, "alice", "Alice Martin", email: "alice@example.com", isAdministrator: true)
    static let bruno = person(2, "bruno", "Bruno Lefèvre", email: "bruno@example.com")
    static let chen = person(3, "chen.wei", "陳偉", email: "chen@example.com")
    static let dora = person(4, "dora", "Dora O’Neill", suspended: true)
    static let emil = with(person(5, "emil", "Emil Novák")) { $0.deactivatedAt = now - .hours(2) }
    static let fleur = with(person(6, "fleur", "Fleur Dubois")) { $0.endedAt = now - .days(9) }

    static func with(_ subject: Subject, _ change: (inout Subject) -> Void) -> Subject {
        var changed = subject
        change(&changed)
        return changed
    }

    static func token(
        _ number: Int64, _ name: String, _ scopes: String, age: TimeSpan = .days(40),
        expires: TimeSpan? = nil, owner: Subject = alice, from addresses: [String] = []
    ) -> Token {
        Token(
            id: id(number), owner: owner.id, name: (try? TokenName(name))!, scopes: Scopes(text: scopes)!,
            addresses: addresses.compactMap { AddressRange($0) }, createdAt: now - age, origin: .desk,
            expiresAt: expires.map { now + $0 })
    }

    static func use(
        _ token: Token, _ service: String, _ address: String, _ client: String, ago: TimeSpan, count: Int = 1
    ) -> Use {
        Use(
            secret: token.secret, service: service, address: address, client: client, lastAt: now - ago,
            count: count)
    }

    static let chain = token(10, "CI chain", "maven:write git:read", age: .hours(20))
    static let laptop = token(11, "Maven on my laptop", "maven:read", age: .days(120))
    static let push = token(
        12, "Git push from the workstation", "git:write:/team/app.git", age: .days(62), expires: .days(5),
        from: ["192.0.2.0/24", "2001:db8:85a3::/48"])
    static let robot = token(13, "Nightly token rotation", "jeton:manage studio", expires: .days(300))
    static let fresh = token(14, "curl, trying things out", "", age: .minutes(3), expires: .days(30))

    static let laptopForAll = token(17, "Everything on my laptop", "", age: .days(120))

    static let found = [past[0].token, chain, push].map {
        WhoseAnswer.FoundToken(token: $0, owner: alice, lastUse: nil)
    }

    static let previous = PreviousSecret(
        id: SecretID(number: 9), createdAt: now - .days(300), replacedAt: now - .hours(20),
        endsAt: now + .days(29), endsWhenMoved: true)

    static let chainUses = [
        use(chain, "maven", "10.20.4.17", "Maven 3.8.7", ago: .hours(2), count: 412),
        use(chain, "git", "10.20.4.17", "Git 2.39.5", ago: .hours(2), count: 96),
        use(chain, "maven", "2001:db8:85a3::8a2e:370:7334", "Maven 3.9.9", ago: .days(6), count: 7),
    ]
    static let exchanged = [("nuxeo-cli", "1", Int64(15)), ("Nuxeo Drive", "laptop of alice", 16)].map {
        let token = Token(
            id: id($2), owner: alice.id, name: (try? TokenName($0))!, scopes: laptop.scopes,
            createdAt: now - .days(9),
            origin: .exchange(Token.Exchange(parent: laptop.secret, device: (try? TokenName($1))!)))
        return ExchangedToken(
            token: token,
            lastUse: $1 == "1" ? use(token, "studio", "192.0.2.44", "Nuxeo CLI 2.1", ago: .hours(3)) : nil)
    }

    static let agents = [
        agent(
            17,
            .exchange(
                Token.Exchange(
                    parent: laptop.secret, device: (try? TokenName("bot-agent"))!,
                    delegation: Token.Delegation(actor: SubjectID(number: 77)))))
    ]
    static let asserted = agent(
        18, .assertion(Token.Client(id: "planner", title: "Trip planner", address: "192.0.2.44")))

    private static func agent(_ number: Int64, _ origin: Token.Origin) -> ExchangedToken {
        ExchangedToken(
            token: Token(
                id: id(number), owner: alice.id, name: (try? TokenName("bot-agent on behalf of alice"))!,
                scopes: Scopes(text: "git:read")!, createdAt: now - .minutes(3), origin: origin,
                expiresAt: now + .minutes(12)), lastUse: nil)
    }

    static let rows = [
        TokenRow(token: fresh, lastUse: nil),
        TokenRow(
            token: chain, lastUse: chainUses[0],
            previous: [moving]),
        TokenRow(
            token: push,
            lastUse: use(push, "git", "192.0.2.44", "Git 2.47.1", ago: .days(1))),
        TokenRow(
            token: robot, lastUse: use(robot, "jeton", "10.20.4.2", "Python requests 2.32.3", ago: .hours(9))),
        TokenRow(
            token: laptop, lastUse: use(laptop, "maven", "192.0.2.44", "Maven 3.9.9", ago: .days(34)),
            exchanged: exchanged),
    ]

    static let past: [TokensPage.PastToken] = {
        var revoked = token(5, "Old build server", "maven:write", age: .days(400))
        revoked.revocation = .init(at: now - .days(11), by: bruno.id, reason: .byAdministrator)
        var replaced = token(6, "Git push from the workstation", "git:write", age: .days(90))
        replaced.revocation = .init(at: now - .days(62), by: alice.id, reason: .rotated)
        let expired = token(7, "Workshop in Lisbon", "git:read", age: .days(60), expires: .days(-30))
        return [
            .init(
                token: revoked, endedBy: "bruno",
                lastUse: use(revoked, "maven", "10.0.0.9", "Maven 3.6.3", ago: .days(12))),
            .init(token: expired, endedBy: nil, lastUse: nil),
            .init(token: replaced, endedBy: "alice", lastUse: nil),
        ]
    }()

    static func form(_ draft: TokenDraft = TokenDraft(), _ faults: [FormFault] = []) -> NewTokenForm {
        NewTokenForm(
            draft: draft, faults: faults, offer: TokenOffer(to: alice, services: services), now: now,
            proof: proof)
    }

    static func recipes(_ scopes: Scopes, _ secret: TokenSecret) -> [Recipe] {
        Recipe.all(
            login: alice.login, secret: secret, scopes: scopes, services: services,
            deskURL: "https://tokens.example.com")
    }
}

extension PagesGallery {
    /// A page as somebody sees it.
    struct Picture: Sendable, CustomTestStringConvertible {
        let name: String
        let reader: PageReader?
        let page: any Page
        /// What was done by the form that led to it.
        let notice: String?

        init(_ name: String, _ reader: PageReader?, _ page: any Page, notice: String? = nil) {
            self.name = name
            self.reader = reader
            self.page = page
            self.notice = notice
        }

        var testDescription: String { name }
        var document: String { page.document(for: reader, notice: notice) }
    }

    static let all: [Picture] =
        signedOut + guides + own + oneToken + secretReveal + questions + handingOver + edits + uses
        + administration + inventory + accounts + stewardship + notices + trustPages
        + passwords + ruled + requests + authorizations
        + errors
        + provided

    static let signedOut = [
        Picture("sign-in", nil, SignInPage(returnTo: ReturnPath("/tokens"), proof: proof)),
        Picture("sign-in-fresh", nil, SignInPage(beforeFirst: .noAccounts, proof: proof)),
        Picture("sign-in-unadministered", nil, SignInPage(beforeFirst: .neverAdministered, proof: proof)),
        Picture(
            "sign-in-refused", nil,
            SignInPage(login: "alice", fault: "Wrong login or password.", proof: proof)
        ),
        Picture("welcome-first", nil, WelcomePage(code: "abc", invited: nil, proof: proof)),
        Picture(
            "welcome-faults", nil,
            WelcomePage(
                code: "abc", invited: nil, login: "a b",
                faults: [
                    FormFault("login", "The login must not hold “ ”: use letters, digits and . _ - @ +."),
                    FormFault("password", "The password must have at least 8 characters."),
                ], proof: proof)),
        Picture(
            "welcome-invited", nil,
            WelcomePage(code: "abc", invited: ("bruno", "Bruno Lefèvre"), proof: proof)),
    ]

    static let guides =
        [
            Picture("guides", nil, GuidePage(guide: .index)),
            Picture("guide-signed-in", reader, GuidePage(guide: .named("git")!)),
        ] + Guide.all.map { Picture("guide-\($0.name)", nil, GuidePage(guide: $0)) } + apiPages

    static let api = APIDescription(parsing: TokensAPI.description)

    private static let apiPages =
        [Picture("api", nil, APIIndexPage(api: api))]
        + api.tags.map { tag in
            Picture("api-\(tag.path)", reader, APITagPage(tag: tag, desk: "https://tokens.example.com"))
        }

    static let own = [
        Picture(
            "my-tokens", reader, TokensPage(active: rows, past: past, form: form(), wording: wording)),
        Picture(
            "my-tokens-agents", reader,
            TokensPage(
                active: [TokenRow(token: laptop, lastUse: nil, exchanged: exchanged + agents)], past: past,
                asserted: [asserted], form: form(), wording: wording)),
        Picture(
            "my-tokens-empty", reader, TokensPage(active: [], past: [], form: form(), wording: wording)),
        Picture(
            "my-tokens-revoked", reader,
            TokensPage(
                active: Array(rows.prefix(1)), past: past, form: form(),
                wording: wording),
            notice: "Token “Old build server” revoked: 1 secret. No request with it is granted any more."
        ),
        Picture(
            "my-tokens-faults", reader,
            TokensPage(
                active: Array(rows.prefix(2)), past: [],
                form: form(
                    TokenDraft(
                        name: "CI chain", isLimited: true, access: ["maven": "write"], lifetime: .date,
                        lastDay: "2026-03-01"),
                    [
                        FormFault(
                            "name",
                            "You already have an active token with this name. Choose another, or revoke that one first."
                        ),
                        FormFault("expires_on", "The date must not be in the past."),
                    ]), wording: wording)),
        Picture(
            "my-tokens-narrow", reader,
            TokensPage(
                active: Array(rows.prefix(3)), past: [],
                form: form(
                    TokenDraft(
                        name: "CI chain", isLimited: true, access: ["git": "write", "maven": "read"],
                        below: ["git": "/team/../app.git"], addresses: "10.0.0.0/8, office"),
                    [
                        FormFault(
                            "below.git",
                            "“Only this path” for Studio projects over Git must be \(ServicePath.expected)."),
                        FormFault(
                            "addresses",
                            "“office” is not an IP address or range: use one such as 10.0.0.0/8 or 2001:db8::/32."
                        ),
                    ]), wording: wording)),
        Picture("new-token", reader, NewTokenPage(form: form())),
        Picture("new-token-link", reader, linked("?service=git&access=write&path=/team/app.git&name=Push")),
        Picture(
            "new-token-remarks", reader,
            linked("?service=nope&service=jeton&service=git&access=all&path=/x&what=ever")),
        Picture(
            "account", reader,
            AccountPage(
                subject: alice, sessions: sessions, current: sessions[0].id, notices: noticeChoices,
                proof: proof)),
    ]

    static func linked(_ query: String) -> NewTokenPage {
        let link = DraftLink(Request("GET", "/tokens/new\(query)"), services: services, format: .standard)
        return NewTokenPage(form: form(link.draft), link: link)
    }

    static let sessions: [Session] = [
        session(1, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "192.0.2.44"),
        session(
            2, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
            "198.51.100.7"),
    ]

    static func session(_ number: Int64, _ client: String, _ address: String) -> Session {
        Session(
            id: id(number), digest: SHA256Digest(of: [UInt8(number)].span), subject: alice.id,
            createdAt: now - .days(number), lastSeenAt: now - .hours(number * number - 1), address: address,
            client: client)
    }

    static let secretReveal: [Picture] = {
        let secret = TokenFormat.standard.makeSecret()
        return [
            Picture(
                "reveal", reader,
                RevealPage(
                    token: chain, secret: secret, recipes: recipes(chain.scopes, secret), wording: wording)),
            Picture(
                "reveal-rotated", reader,
                RevealPage(
                    token: robot, secret: secret, previous: previous, isReplacement: true,
                    recipes: recipes(robot.scopes, secret), wording: wording)),
            Picture("revealed", reader, RevealedPage(token: chain, wording: wording)),
        ]
    }()

    static let edits = [
        Picture(
            "edit", reader,
            EditTokenPage(token: push, services: services, wording: wording, proof: proof)),
        Picture(
            "edit-narrow", reader,
            EditTokenPage(
                token: laptopForAll, services: services,
                narrowing: Narrowing(
                    of: laptopForAll, offered: services,
                    uses: [use(laptopForAll, "maven", "192.0.2.44", "Maven 3.9.9", ago: .days(3))], at: now),
                wording: wording, proof: proof)),
        Picture(
            "edit-faults", reader,
            EditTokenPage(
                token: push,
                faults: [
                    FormFault("name", "The name must not be empty."),
                    FormFault("services", "Keep access to at least one service, or revoke the token."),
                ], services: services, wording: wording, proof: proof)),
        Picture("whose", reader, WhosePage(isAdministrators: false, wording: wording, proof: proof)),
        Picture(
            "whose-not-yours", reader,
            WhosePage(isAdministrators: false, answer: .notYours, wording: wording, proof: proof)),
    ]

    /// People as lists show them: the first signed in yesterday, and each has one token more than the one before.
    static func listed(_ people: Subject...) -> [ListedSubject] {
        people.enumerated().map { number, person in
            ListedSubject(
                subject: person,
                lastSignIn: number == 0 ? LastSignIn(at: now - .days(1), address: "192.0.2.44") : nil,
                tokens: number, lastUse: nil)
        }
    }

    static let administration = [
        Picture(
            "people", administrator,
            PeoplePage(people: listed(alice, bruno, chen, dora), now: now, reader: alice.id, proof: proof)),
        Picture(
            "people-provisioned", administrator,
            PeoplePage(
                people: listed(alice, bruno, dora, emil, fleur), total: 213, next: SubjectCursor(fleur.id),
                hasProvider: true, now: now, reader: alice.id,
                proof: proof)),
        Picture(
            "my-tokens-administrator", administrator,
            TokensPage(
                active: [], past: [],
                form: NewTokenForm(
                    draft: TokenDraft(alone: .scim), offer: TokenOffer(to: alice, services: services),
                    grantable: [.manage, .scim],
                    now: now,
                    proof: proof), wording: wording)),
        Picture(
            "people-added", administrator,
            PeoplePage(
                people: listed(alice, bruno, chen, dora),
                invitation: .init(
                    name: "Bruno Lefèvre",
                    link:
                        "https://tokens.example.com/welcome?code=c4RrOpzS8m3nJ0vQw1xYb7kTt5LhGd2uE9fAi6sPqNo"),
                now: now, reader: alice.id, proof: proof)),
        Picture(
            "people-faults", administrator,
            PeoplePage(
                people: [], filter: .people(search: "zoë"), draft: PersonDraft(login: "bruno", name: "Bruno"),
                faults: [FormFault("login", "The login is already taken.")], now: now,
                reader: alice.id,
                proof: proof)),
        Picture(
            "suspend", administrator,
            SuspendPage(
                person: bruno,
                activeTokens: [ListedToken(token: push, owner: bruno, lastUse: rows[2].lastUse)],
                wording: wording, proof: proof)),
        Picture(
            "release-identity", administrator, ReleaseIdentityPage(person: bruno, proof: proof)),
        Picture(
            "person", administrator,
            PersonPage(
                person: bruno, groups: GroupsByWay(claimed: ["ops", "sre"], provisioned: ["staff"]),
                ways: SignInWays(
                    last: LastSignIn(at: now - .hours(3), address: "192.0.2.44"), hasPassword: true),
                sessions: sessions,
                tokens: OwnerTokens(
                    working: [ListedToken(token: push, owner: bruno, lastUse: rows[2].lastUse)],
                    workingCount: 23,
                    ended: past.map { ListedToken(token: $0.token, owner: bruno, lastUse: $0.lastUse) },
                    endedCount: 2),
                stewarded: [ci], events: lines, wording: wording, proof: proof)),
        Picture(
            "person-invited", administrator,
            PersonPage(
                person: dora, groups: GroupsByWay(claimed: [], provisioned: []),
                invitation: .init(
                    name: "Dora Adler",
                    link:
                        "https://tokens.example.com/welcome?code=c4RrOpzS8m3nJ0vQw1xYb7kTt5LhGd2uE9fAi6sPqNo"),
                wording: wording, proof: proof)),
        Picture("person-removed", administrator, removedPage),
        Picture("person-edit", administrator, EditPersonPage(person: bruno, proof: proof)),
        Picture(
            "person-edit-faults", administrator,
            EditPersonPage(
                person: bruno, typed: .init(login: "alice", name: "", email: "nowhere"),
                faults: [FormFault("login", "The login is already taken.")], proof: proof)),
        Picture("person-remove", administrator, removal()),
        Picture(
            "person-remove-faults", administrator,
            removal { $0.faults = [FormFault("login", "Type bruno to confirm.")] }),
        Picture(
            "person-remove-refused", administrator,
            removal { $0.refusal = "You cannot remove yourself: another administrator can." }),
        Picture(
            "person-fresh", administrator,
            PersonPage(
                person: alice, groups: GroupsByWay(claimed: [], provisioned: []), typedGroups: "a",
                faults: [FormFault("groups", "A person can be in at most 500 groups.")],
                wording: wording, proof: proof)),
        Picture(
            "person-of-the-provider", administrator,
            PersonPage(
                person: emil, groups: GroupsByWay(claimed: [], provisioned: []),
                groupsRefusal: "The identity provider decides on the groups of emil: change them there.",
                roleRefusal: "The identity provider decides whether emil is an administrator.",
                leftInUse: LeftInUseSection(
                    person: emil, tokens: [ListedToken(token: push, owner: emil, lastUse: rows[2].lastUse)]),
                wording: wording, proof: proof)),
        Picture("promote", administrator, RolePage(person: bruno, promotes: true, proof: proof)),
        Picture(
            "demote", administrator, RolePage(person: alice, promotes: false, isSelf: true, proof: proof)),
        Picture(
            "whose-administrator", administrator,
            WhosePage(
                isAdministrators: true, typed: "alice", answer: .tokens(found, hasMore: true),
                wording: wording, proof: proof)),
        Picture(
            "whose-secret", administrator,
            WhosePage(
                isAdministrators: true, answer: .secret(found[1], .previous(endsAt: now + .hours(1))),
                wording: wording, proof: proof)),
        Picture("events", administrator, EventsPage(lines: lines, next: id(1))),
        Picture(
            "events-filtered", administrator,
            EventsPage(
                lines: Array(lines.prefix(2)),
                filter: EventFilter([("kind", "tokens"), ("who", "alice"), ("from", "2026-01-01")]),
                next: id(1),
                isOlder: true)),
        Picture(
            "events-none", administrator, EventsPage(lines: [], filter: EventFilter([("search", "nobody")]))),
        Picture(
            "events-faults", administrator,
            EventsPage(
                lines: [], filter: EventFilter([("from", "yesterday")]),
                faults: [FormFault("from", "The earliest time must be a time such as 2026-07-01T08:30:00Z.")])
        ),
    ]

    static func removal(_ change: (inout RemovePersonPage) -> Void = { _ in }) -> RemovePersonPage {
        var page = RemovePersonPage(
            person: bruno,
            tokens: OwnerTokens(
                working: [ListedToken(token: push, owner: bruno, lastUse: rows[2].lastUse)], workingCount: 1),
            sessions: 2, stewarded: [ci, left], unattended: [left], hasIdentity: true, wording: wording,
            proof: proof)
        change(&page)
        return page
    }

    static let removedPage: PersonPage = {
        let id = bruno.id
        let removed = Subject(
            id: id, login: (try? Login(Subject.removedLogin(id)))!, createdAt: bruno.createdAt,
            endedAt: now - .days(2))
        return PersonPage(
            person: removed, groups: GroupsByWay(claimed: [], provisioned: []),
            tokens: OwnerTokens(
                ended: past.map { ListedToken(token: $0.token, owner: removed, lastUse: $0.lastUse) },
                endedCount: past.count),
            wording: wording, proof: proof)
    }()

    static let lines: [EventsPage.Line] = [
        line(.tokenCreated, "alice", "alice", "CI chain", 3),
        line(.signInRefused, nil, "bruno", "wrong password", 20),
        line(.signInRefused, nil, nil, "unknown login: 1204 more like it from 17 addresses", 25),
        line(.subjectSuspended, "alice", "dora", "", 90),
        line(.tokenRevoked, "alice", "bruno", "Old build server", 300),
        line(.subjectDeactivated, "alice", "emil", "", 310),
        line(.subjectEnded, "alice", "fleur", "fleur", 320),
        line(.groupChanged, "alice", nil, "devs: 2 joined, 1 left", 330),
        line(.provisioningRefused, "alice", "bruno", "login_taken: bruno", 340),
        line(
            .groupsLeftOut, nil, "bruno",
            "maven: 12 did not fit; services.maven.tell_groups names those it needs", 345),
        line(
            .signalReceived, nil, "bruno",
            "session-revoked: 1 session ended, tokens dormant until the next sign-in", 347),
        line(.tokenMisused, nil, "bruno", "CI chain: sent in a query string, at Maven", 348),
        line(.subjectJoined, "chen.wei", "chen.wei", "https://id.example.com", 350),
        line(.subjectAdded, nil, "alice", "", 4000),
    ]

    static func line(
        _ kind: Event.Kind, _ actor: String?, _ subject: String?, _ detail: String, _ minutes: Int64
    )
        -> EventsPage.Line
    {
        EventsPage.Line(
            event: Event(
                kind, at: now - .minutes(minutes), actor: nil, address: actor == nil ? "" : "192.0.2.44",
                detail: detail), actor: actor, subject: subject)
    }

    static let errors = [
        Picture("not-found", reader, ErrorPage.notFound),
        Picture("form-expired", nil, ErrorPage.formExpired),
        Picture("no-cookie", nil, ErrorPage.noCookie(for: "this form", at: "https://tokens.example.com")),
        Picture("failed", reader, ErrorPage.failed),
        Picture("ledger-failed", nil, ErrorPage.ledgerFailed),
    ]
}

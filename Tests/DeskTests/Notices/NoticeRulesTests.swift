import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Whom an event concerns") struct NoticeRulesTests {
    private static let noon = Timestamp(seconds: 1_782_907_200)

    private static func person(_ login: String, suspended: Bool = false) throws -> Subject {
        Subject(
            id: .next(at: noon), login: try Login(login), suspendedAt: suspended ? noon : nil, createdAt: noon
        )
    }

    private static func account(_ login: String) throws -> Subject {
        Subject(
            id: .next(at: noon), login: try Login(login), createdAt: noon,
            account: ServiceAccount(purpose: "Builds"))
    }

    private static func token(_ name: String = "nightly", of owner: Subject, ends days: Int64? = nil) throws
        -> Token
    {
        Token(
            id: .next(at: noon), owner: owner.id, name: try TokenName(name), scopes: .everyService,
            createdAt: noon - .days(90), origin: .desk, expiresAt: days.map { noon + .days($0) })
    }

    private static func story(
        _ kind: Event.Kind, by actor: Subject? = nil, of owner: Subject, token: Token? = nil,
        detail: String = ""
    ) -> NoticeStory {
        var story = NoticeStory(
            Event(
                kind, at: noon, actor: actor?.id, subject: owner.id, token: token?.id, address: "192.0.2.1",
                detail: detail))
        (story.actor, story.subject, story.token) = (actor, owner, token)
        return story
    }

    @Test("the owner is told what somebody else did, and not what they did themselves")
    func byOthers() throws {
        let (alice, bruno) = (try Self.person("alice"), try Self.person("bruno"))
        let token = try Self.token(of: alice)
        for kind in [Event.Kind.tokenCreated, .tokenRotated, .tokenRegenerated, .tokenRevoked, .tokenPaused] {
            #expect(NoticeRules.drafts(of: Self.story(kind, by: alice, of: alice, token: token)).isEmpty)
            let drafts = NoticeRules.drafts(of: Self.story(kind, by: bruno, of: alice, token: token))
            #expect(drafts.map(\.recipients) == [[alice.id]])
            #expect(drafts[0].content.title.hasPrefix("bruno "))
            let byNobody = NoticeRules.drafts(of: Self.story(kind, of: alice, token: token))
            #expect(byNobody.map(\.recipients) == [[alice.id]])
        }
    }

    @Test("what one change did to many tokens is one notice, which names some of them")
    func many() throws {
        let (alice, bruno, root) = (
            try Self.person("alice"), try Self.person("bruno"), try Self.person("root")
        )
        func told(_ count: Int, of owner: Subject) throws -> [ToldEvent] {
            try (0..<count).flatMap { number in
                let story = Self.story(
                    .tokenPaused, by: root, of: owner, token: try Self.token("t\(number)", of: owner))
                return NoticeRules.drafts(of: story).map { ToldEvent($0, of: story) }
            }
        }
        let all = try told(30, of: alice) + told(3, of: bruno)
        let gathered = NoticeRules.gather(all)
        #expect(gathered.map(\.draft.recipients) == [[alice.id], [bruno.id], [bruno.id], [bruno.id]])
        let content = gathered[0].draft.content
        #expect(content.title == "30 of your tokens were paused")
        #expect(content.facts.count == 22 && content.facts[1] == NoticeDetail("Token", "t0"))
        #expect(content.facts[21] == NoticeDetail("And", "10 more"))
        #expect(gathered[0].story.token == nil)
    }

    @Test("expiries that are found together are one notice, which has each date")
    func manyExpiries() throws {
        let alice = try Self.person("alice")
        let told = try (1...4).flatMap { day in
            let story = Self.story(
                .tokenExpiring, of: alice, token: try Self.token("t\(day)", of: alice, ends: Int64(day)))
            return NoticeRules.drafts(of: story).map { ToldEvent($0, of: story) }
        }
        let gathered = NoticeRules.gather(told)
        #expect(gathered.map(\.draft.content.title) == ["4 of your tokens expire soon"])
        let facts = gathered[0].draft.content.facts.map(\.value)
        #expect(facts[1].hasPrefix("t1, expires on ") && facts[4].hasPrefix("t4, expires on "))
        #expect(gathered[0].draft.content.paragraphs.count == 1)
    }

    @Test("what each token has a story of its own about stays apart")
    func apart() throws {
        let alice = try Self.person("alice")
        let told = try (1...9).flatMap { number in
            let story = Self.story(.leakReported, of: alice, token: try Self.token("t\(number)", of: alice))
            return NoticeRules.drafts(of: story).map { ToldEvent($0, of: story) }
        }
        #expect(NoticeRules.gather(told) == told)
    }

    @Test(
        "administrators are told of an expiry of an account that nobody attends, and not of somebody who left"
    )
    func leavers() throws {
        let root = try Self.person("root")
        for (owner, expected) in [
            (try Self.person("gone", suspended: true), 0), (try Self.account("bot-ci"), 1),
        ] {
            var story = Self.story(.tokenExpiring, of: owner, token: try Self.token(of: owner, ends: 7))
            story.administrators = [root]
            #expect(NoticeRules.drafts(of: story).count == expected)
        }
    }

    @Test("a leak and a signal are told once, and not for each token that they ended")
    func causes() throws {
        let alice = try Self.person("alice")
        var token = try Self.token(of: alice)
        token.pauses = [Pause(source: .leak, at: Self.noon, until: nil, by: nil)]
        token.revocation = Token.Revocation(at: Self.noon, by: nil, reason: .leaked)
        for (kind, detail) in [
            (Event.Kind.tokenRevoked, "nightly, leaked"), (.tokenPaused, "nightly, leaked"),
            (.tokenRevoked, "nightly: by the signal session-revoked"),
        ] {
            #expect(NoticeRules.drafts(of: Self.story(kind, of: alice, token: token, detail: detail)).isEmpty)
        }
        // A token whose name ends like that is revoked by somebody.
        token.pauses = []
        token.revocation = Token.Revocation(at: Self.noon, by: nil, reason: .byAdministrator)
        for kind in [Event.Kind.tokenRevoked, .tokenPaused] {
            let drafts = NoticeRules.drafts(
                of: Self.story(kind, of: alice, token: token, detail: "x, leaked"))
            #expect(drafts.count == 1)
        }
        let leak = NoticeRules.drafts(
            of: Self.story(
                .leakReported, of: alice, token: token, detail: "nightly, found by gitleaks at a.txt"))
        #expect(leak.map(\.kind) == [.leak] && leak.map(\.recipients) == [[alice.id]])
    }

    @Test("what a stranger calls their client does not look like a leak or a signal that was told before")
    func chosenWords() throws {
        let alice = try Self.person("alice")
        let token = try Self.token(of: alice)
        for (kind, detail) in [
            (Event.Kind.decoyTried, "wiki, tried at maven by x, leaked"),
            (.secretReused, "nightly, a previous secret at maven by x, leaked"),
            (.tokenNewNetwork, "nightly, at maven by x, leaked"),
            (.tokenMisused, "a: by the signal b: sent in a query string at maven"),
        ] {
            let drafts = NoticeRules.drafts(of: Self.story(kind, of: alice, token: token, detail: detail))
            #expect(drafts.map(\.recipients) == [[alice.id]], "\(kind)")
        }
    }

    @Test("a signal is told where something was done, and not where it was only noted")
    func signals() throws {
        let alice = try Self.person("alice")
        let done = NoticeRules.drafts(
            of: Self.story(.signalReceived, of: alice, detail: "session-revoked: 2 sessions ended"))
        #expect(done.map(\.recipients) == [[alice.id]])
        #expect(done[0].content.title == "Your identity provider reports: session-revoked")
        #expect(done[0].content.paragraphs[0].contains("2 sessions ended."))
        #expect(
            NoticeRules.drafts(
                of: Self.story(.signalReceived, of: alice, detail: "session-revoked: noted, nothing done")
            ).isEmpty)
    }

    @Test("who left a decoy is told of a try, and administrators where nobody is there")
    func decoys() throws {
        let (alice, root) = (try Self.person("alice"), try Self.person("root"))
        let detail = "wiki, page Deployment, tried at maven by curl/8"
        let drafts = NoticeRules.drafts(of: Self.story(.decoyTried, of: alice, detail: detail))
        #expect(drafts.map(\.recipients) == [[alice.id]])
        #expect(drafts[0].content.title == "Somebody tried the decoy “wiki, page Deployment”")
        #expect(drafts[0].content.paragraphs[0].contains("was tried at maven by curl/8."))
        var orphaned = Self.story(.decoyTried, of: try Self.person("gone", suspended: true), detail: detail)
        orphaned.administrators = [root]
        #expect(NoticeRules.drafts(of: orphaned).map(\.recipients) == [[root.id]])
    }

    @Test("a person is told of a token that they let a program have, since they may have been lured")
    func lured() throws {
        let alice = try Self.person("alice")
        let token = Token(
            id: .next(at: Self.noon), owner: alice.id, name: try TokenName("docker from 203.0.113.9"),
            scopes: .everyService, createdAt: Self.noon,
            origin: .client(.init(id: "jeton-docker", title: "docker", address: "203.0.113.9")))
        let drafts = NoticeRules.drafts(
            of: Self.story(.tokenCreated, by: alice, of: alice, token: token))
        #expect(drafts.map(\.recipients) == [[alice.id]])
        #expect(drafts.first?.content.title == "docker got a token: “docker from 203.0.113.9”")
        #expect(drafts.first?.content.paragraphs.first?.contains("asked from 203.0.113.9") == true)
    }

    @Test("tokens that programs exchange for others are nobody's news")
    func exchanged() throws {
        let alice = try Self.person("alice")
        let parent = try Self.token(of: alice)
        let token = Token(
            id: .next(at: Self.noon), owner: alice.id, name: try TokenName("x"), scopes: .everyService,
            createdAt: Self.noon, origin: .exchange(.init(parent: parent.secret, device: try TokenName("d"))))
        #expect(NoticeRules.drafts(of: Self.story(.tokenRevoked, of: alice, token: token)).isEmpty)
    }

    @Test(
        "of a service account's token its stewards are told, but for the one who did it, and its webhook is")
    func stewards() throws {
        let (alice, bruno, bot) = (
            try Self.person("alice"), try Self.person("bruno"), try Self.account("bot-ci")
        )
        var story = Self.story(.tokenRotated, by: alice, of: bot, token: try Self.token(of: bot))
        story.stewards = [alice, bruno]
        let drafts = NoticeRules.drafts(of: story)
        #expect(drafts.map(\.recipients) == [[bruno.id]] && drafts.map(\.account) == [bot.id])
        #expect(drafts[0].content.title == "alice rotated token “nightly” of bot-ci")
    }

    @Test("administrators are told of what is urgent where nobody else can be")
    func nobodyThere() throws {
        let (root, bot) = (try Self.person("root"), try Self.account("bot-ci"))
        let left = try Self.person("left", suspended: true)
        for owner in [bot, left] {
            let token = try Self.token(of: owner, ends: 7)
            var story = Self.story(.leakReported, of: owner, token: token)
            story.administrators = [root]
            let drafts = NoticeRules.drafts(of: story)
            #expect(drafts.map(\.recipients) == [[root.id]])
            #expect(drafts.first?.content.link?.path == "/admin/tokens/\(token.id)")
            var paused = Self.story(.tokenPaused, of: owner, token: token)
            paused.administrators = [root]
            #expect(NoticeRules.drafts(of: paused).isEmpty)
        }
    }

    @Test("who may approve is told of a request, and who asked of the answer")
    func requests() throws {
        let (alice, bruno) = (try Self.person("alice"), try Self.person("bruno"))
        var asked = Self.story(.tokenRequested, by: alice, of: alice, detail: "deploy, request 0, why")
        (asked.requester, asked.approvers) = (alice, [alice, bruno, bruno])
        #expect(NoticeRules.drafts(of: asked).map(\.recipients) == [[bruno.id]])
        #expect(NoticeRules.drafts(of: asked)[0].content.title == "alice asks for token “deploy”")
        var answered = Self.story(.requestDenied, by: bruno, of: alice, detail: "deploy, request 0")
        answered.requester = alice
        let drafts = NoticeRules.drafts(of: answered)
        #expect(drafts.map(\.recipients) == [[alice.id]])
        #expect(drafts[0].content.title == "Your request for “deploy” was denied")
    }

    @Test("administrators are told of what concerns the desk, and of what repeats once a day")
    func administrators() throws {
        let (root, bot) = (try Self.person("root"), try Self.account("bot-ci"))
        for (kind, repeats) in [
            (Event.Kind.tokenPolicyChanged, false), (.accountUnattended, false), (.providerDegraded, true),
            (.provisioningRefused, true), (.ledgerTroubled, true), (.exportLagging, true),
            (.endpointDisabled, false),
        ] {
            var story = Self.story(kind, of: bot, detail: "bot-ci")
            #expect(NoticeRules.drafts(of: story).isEmpty)
            story.administrators = [root]
            let drafts = NoticeRules.drafts(of: story)
            #expect(drafts.map(\.recipients) == [[root.id]])
            #expect(drafts.map { $0.onceIn != nil } == [repeats])
        }
        var own = Self.story(.tokenPolicyChanged, by: root, of: root)
        own.administrators = [root]
        #expect(NoticeRules.drafts(of: own).isEmpty)
    }

    @Test("somebody is told what another could have done in their name, also if it was them")
    func account() throws {
        let alice = try Self.person("alice")
        for kind in [Event.Kind.passwordSet, .newBrowser] {
            let drafts = NoticeRules.drafts(of: Self.story(kind, by: alice, of: alice, detail: "Firefox 140"))
            #expect(drafts.map(\.recipients) == [[alice.id]])
            #expect(drafts[0].content.traces == [NoticeDetail("From", "192.0.2.1")])
        }
        let left = try Self.person("left", suspended: true)
        #expect(
            NoticeRules.drafts(of: Self.story(.subjectSuspended, of: left)).map(\.recipients) == [[left.id]])
    }

    @Test("a notice says what happened, where the token is used, and has the link that acts on it")
    func words() throws {
        let alice = try Self.person("alice")
        let token = try Self.token(of: alice, ends: 7)
        var story = Self.story(.tokenExpiring, of: alice, token: token)
        story.titles = ["maven": "Maven repository"]
        story.uses = [
            Use(
                secret: token.secret, service: "maven", address: "198.51.100.7", client: "Maven 3.9",
                lastAt: Self.noon - .hours(2), count: 1)
        ]
        let content = NoticeRules.drafts(of: story)[0].content
        #expect(content.title == "Your token “nightly” expires in 7 days")
        #expect(content.paragraphs[0].contains("last used on 1 Jul 2026, 10:00 UTC, at Maven repository"))
        #expect(
            content.traces.last
                == NoticeDetail(
                    "Used",
                    "at Maven repository from 198.51.100.7 with Maven 3.9, last on 1 Jul 2026, 10:00 UTC"))
        #expect(content.link == NoticeAction("Rotate it", "/tokens/\(token.id)/rotate"))
    }

    @Test(
        "every title has at most 60 characters and says what happened, also with long names",
        arguments: Event.Kind.allCases)
    func titles(kind: Event.Kind) throws {
        let long = String(repeating: "名前é", count: 30)
        let (alice, bruno) = (
            try Self.person("a" + String(repeating: "lice", count: 20)),
            try Self.person("b" + String(repeating: "runo", count: 20))
        )
        let bot = try Self.account("bot-" + String(repeating: "x", count: 60))
        for owner in [alice, bot] {
            for (name, actor) in [("ci", nil), (long, bruno)] as [(String, Subject?)] {
                var story = Self.story(
                    kind, by: actor, of: owner, token: try Self.token(name, of: owner, ends: 1),
                    detail: "\(name), request 0")
                (story.stewards, story.administrators) = ([alice], [bruno])
                (story.requester, story.approvers) = (alice, [bruno])
                for draft in NoticeRules.drafts(of: story) {
                    let title = draft.content.title
                    #expect(title.count <= 60 && title.count > 10, "\(title)")
                    #expect(draft.content.link != nil && !draft.content.paragraphs.isEmpty)
                    #expect(!title.contains("\n"))
                }
            }
        }
    }

    @Test("no notice repeats what looks like a secret", arguments: NoticeKind.allCases)
    func kinds(kind: NoticeKind) {
        #expect(kind.type.split(separator: ".").count == 2 && !kind.title.isEmpty)
        #expect(kind.type.allSatisfy { $0.isLetter || $0 == "." || $0 == "_" })
    }
}

@Suite("Titles of notices") struct NoticeTitleTests {
    @Test("the longest name is shortened first, and words never")
    func shortens() {
        let title = NoticeTitle([
            .name("bob"), .words(" revoked your token “"), .name(String(repeating: "n", count: 60)),
            .words("”"),
        ]).text
        #expect(title == "bob revoked your token “" + String(repeating: "n", count: 34) + "…”")
        #expect(title.count == 60)
        #expect(NoticeTitle("It is “", name: "a\r\nBcc: x", "”").text == "It is “a  Bcc: x”")
    }
}

@Suite("Thresholds before an expiry") struct ExpiryThresholdTests {
    private static let end = Timestamp(seconds: 1_782_907_200)

    @Test(
        "a threshold is told from when it is reached on, the tightest one alone",
        arguments: [
            // Days before the expiry, what was told, what to tell.
            (31.0, nil, nil), (30.0, nil, 30), (29.9, nil, 30), (29.0, 30, nil), (8.0, 30, nil), (7.0, 30, 7),
            (6.0, 7, nil), (1.0, 7, 1), (0.5, 1, nil), (0.5, 7, 1),
            // An outage of a week, a jump over two thresholds.
            (23.0, nil, 30), (3.0, 30, 7), (0.9, 30, 1), (0.9, nil, 1),
            // It is over.
            (0.0, nil, nil), (-1.0, 7, nil),
        ] as [(Double, Int?, Int?)])
    func crossed(before: Double, told: Int?, expected: Int?) {
        let now = Self.end - TimeSpan(milliseconds: Int64(before * 86_400_000))
        let found = ExpiryThreshold.crossed(
            expiresAt: Self.end, setAt: Self.end - .days(90), told: told, at: now)
        #expect(found == expected)
    }

    @Test(
        "who chose a short life is not told of thresholds as long as that",
        arguments: [(30, 30.0, nil), (31, 30.0, 30), (7, 7.0, nil), (7, 1.0, 1), (1, 1.0, nil)]
            as [(Int, Double, Int?)])
    func short(life: Int, before: Double, expected: Int?) {
        let now = Self.end - TimeSpan(milliseconds: Int64(before * 86_400_000))
        let found = ExpiryThreshold.crossed(
            expiresAt: Self.end, setAt: Self.end - .days(Int64(life)), told: nil, at: now)
        #expect(found == expected)
    }

    @Test("a hundred looks at any pace tell each threshold once", arguments: [1, 5, 24, 24 * 8])
    func walks(hours: Int) {
        var (told, said): (Int?, [Int]) = (nil, [])
        var now = Self.end - .days(40)
        while now < Self.end {
            if let days = ExpiryThreshold.crossed(
                expiresAt: Self.end, setAt: Self.end - .days(90), told: told, at: now)
            {
                told = days
                said.append(days)
            }
            now = now + .hours(Int64(hours))
        }
        #expect(said == (hours > 24 ? said.sorted(by: >) : [30, 7, 1]))
        #expect(Set(said).count == said.count && !said.isEmpty)
    }

    @Test(
        "that it expired in use is told for a week",
        arguments: [
            (0.0, 1.0, true), (6.9, 1.0, true), (7.0, 1.0, false), (-0.1, 1.0, false), (1.0, 8.0, false),
        ])
    func expired(after: Double, usedBefore: Double, expected: Bool) {
        func moment(_ days: Double) -> Timestamp {
            Self.end + TimeSpan(milliseconds: Int64(days * 86_400_000))
        }
        func found(told: Int?, used: Timestamp?) -> Bool {
            ExpiryThreshold.expiredInUse(
                expiresAt: Self.end, setAt: Self.end - .days(90), lastUsedAt: used, told: told,
                at: moment(after))
        }
        #expect(found(told: 1, used: moment(-usedBefore)) == expected)
        #expect(!found(told: 0, used: moment(-usedBefore)))
        #expect(!found(told: nil, used: nil))
    }
}

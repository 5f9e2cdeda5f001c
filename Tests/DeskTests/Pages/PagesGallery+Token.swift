import Desk
import Ledger
import Tokens

@testable import DeskPages

/// The page of a token and the questions about it, in every state.
extension PagesGallery {
    static let rotatedUses =
        chainUses.map { use in
            var old = use
            old = Use(
                secret: previous.id, service: use.service, address: use.address, client: use.client,
                lastAt: now - .hours(22), count: 88)
            return old
        }.prefix(2) + chainUses.prefix(2) + [
            Use(
                secret: previous.id, service: "maven", address: "10.20.4.31", client: "Maven 3.8.7",
                lastAt: now - .minutes(12), count: 40)
        ]
    static let moving = PreviousSecretMove(
        secret: previous, move: SecretMove(from: previous, to: chain.secret, uses: Array(rotatedUses)))
    static let unmoving = PreviousSecretMove(
        secret: PreviousSecret(
            id: SecretID(number: 8), createdAt: now - .days(300), replacedAt: now - .hours(2),
            endsAt: now + .hours(22), endsWhenMoved: false),
        move: SecretMove(from: previous, to: chain.secret, uses: []))

    static let history = UseHistory(
        office + nightly, of: laptop, lastUse: chainUses[0], now: now, in: .utc)
    static let noHistory = UseHistory([], of: fresh, lastUse: nil, now: now, in: .utc)

    static func paused(
        _ token: Token, by subject: Subject = alice, _ source: Pause.Source = .owner,
        until end: Timestamp? = now + .minutes(48)
    ) -> Token {
        var token = token
        token.pauses = [Pause(source: source, at: now - .minutes(12), until: end, by: subject.id)]
        return token
    }

    static func rotated(_ token: Token) -> Token {
        var token = token
        token.rotatedAt = previous.replacedAt
        return token
    }

    static let revokedChain: Token = {
        var token = rotated(chain)
        token.revocation = .init(at: now - .minutes(1), by: alice.id, reason: .byOwner)
        return token
    }()

    static let refusals = [
        PlaceUses(
            service: "maven", address: "10.20.4.31", client: "Maven 3.8.7", count: 14,
            firstAt: now - .seconds(20), lastAt: now - .seconds(20)),
        PlaceUses(
            service: "git", address: "2001:db8:85a3::8a2e:370:7334", client: "Git 2.39.5", count: 1,
            firstAt: now - .minutes(9), lastAt: now - .minutes(9)),
    ]

    static let tokenLines = [
        line(.tokenPaused, "alice", "alice", "CI chain, until 2026-03-24T10:33:00Z", 12),
        line(
            .tokenRotated, "alice", "alice", "CI chain, the previous secret ends when everything has moved",
            1200),
        line(
            .secretEnded, nil, "alice",
            "CI chain, the previous secret: everything has moved (maven 10.20.4.17 Maven 3.8.7)", 40000),
        line(.tokenCreated, "alice", "alice", "CI chain", 57600),
    ]
    static let tokenEvents = TokenEvents(
        rotations: Array(tokenLines.dropFirst()), events: tokenLines, next: id(3))

    static func page(_ token: Token, _ change: (inout TokenPage) -> Void = { _ in }) -> TokenPage {
        var page = TokenPage(
            token: token, lastUse: chainUses[0], uses: chainUses, history: history, events: tokenEvents,
            wording: wording, proof: proof)
        change(&page)
        return page
    }

    static func notice(_ token: Token, mayResume: Bool = true, of owner: Subject? = nil) -> PausedNotice {
        PausedNotice(
            token: token, logins: [alice.id: "alice", bruno.id: "bruno"], reader: alice.id,
            mayResume: mayResume, paths: TokenPaths(id: token.id, isForAdministrators: owner != nil),
            proof: proof)
    }

    static func pausedPage(_ token: Token, mayResume: Bool = true, _ refused: [PlaceUses]) -> TokenPage {
        page(token) {
            $0.paused = notice(token, mayResume: mayResume)
            $0.refusals = RefusalSection(
                refusals: refused, since: now - .minutes(12), page: .token(token.id))
        }
    }

    static let oneToken: [Picture] = [
        Picture("token", reader, page(chain)),
        Picture("token-month", reader, page(chain) { $0.period = .month }),
        Picture("token-today", reader, page(chain) { $0.period = .day }),
        Picture(
            "token-new", reader,
            TokenPage(
                token: fresh, lastUse: nil, uses: [], history: noHistory, events: TokenEvents(),
                wording: wording, proof: proof)),
        Picture("token-rotating", reader, page(rotated(chain)) { $0.previous = [moving] }),
        Picture("token-rotating-unused", reader, page(rotated(chain)) { $0.previous = [unmoving] }),
        Picture(
            "token-reused", reader,
            page(chain) {
                $0.events.rotations.insert(
                    line(
                        .secretReused, nil, "alice", "CI chain, a previous secret at maven by Maven 3.8.7",
                        100), at: 0)
            }),
        Picture("token-paused", reader, pausedPage(paused(chain), refusals)),
        Picture("token-paused-quiet", reader, pausedPage(paused(chain), [])),
        Picture(
            "token-paused-by-administrator", reader,
            pausedPage(paused(chain, by: bruno, .administrator, until: nil), mayResume: false, refusals)),
        Picture(
            "token-revoked", reader,
            page(revokedChain) {
                $0.ended = EndedTogether(secrets: 2, exchanged: exchanged.map(\.token))
                $0.endedBy = "alice"
            }, notice: Done.revoked(revokedChain, of: nil, EndedTogether(secrets: 2)).sentence),
        Picture(
            "token-partly-ended", reader,
            page(revokedChain) {
                $0.ended = EndedTogether(secrets: 1)
                $0.endedBy = "alice"
                $0.previous = [moving]
            }),
        Picture(
            "token-expired", reader,
            page(token(7, "Workshop in Lisbon", "git:read", age: .days(60), expires: .days(-30)))),
        Picture(
            "token-exchanged", reader,
            TokenPage(
                token: exchanged[0].token, lastUse: exchanged[0].lastUse,
                uses: exchanged[0].lastUse.map { [$0] } ?? [], parent: laptop, events: tokenEvents,
                wording: wording, proof: proof)),
        Picture(
            "token-parent", reader,
            page(laptop) { $0.exchanged = exchanged }),
        Picture(
            "token-of-another", administrator,
            page(push) {
                $0.owner = dora
                $0.previous = [moving]
            }),
        Picture(
            "token-of-another-paused", administrator,
            page(paused(push, by: bruno, .administrator)) {
                $0.owner = bruno
                $0.paused = notice($0.token, of: bruno)
                $0.refusals = RefusalSection(
                    refusals: refusals, since: now - .minutes(12), page: .anyToken(push.id))
            }),
        Picture(
            "my-tokens-states", reader,
            TokensPage(
                active: [
                    TokenRow(token: paused(push), lastUse: rows[2].lastUse),
                    TokenRow(token: rotated(chain), lastUse: chainUses[0], previous: [moving]),
                    TokenRow(token: robot, lastUse: rows[3].lastUse),
                ], past: past,
                partlyEnded: [PartlyEndedToken(token: revokedChain, previous: [moving])], form: form(),
                wording: wording)),
    ]

    static let questions: [Picture] = [
        Picture(
            "rotate", reader,
            RotatePage(token: chain, uses: chainUses, history: history, wording: wording, proof: proof)),
        Picture("rotate-unused", reader, RotatePage(token: fresh, uses: [], wording: wording, proof: proof)),
        Picture(
            "rotate-twice", reader,
            RotatePage(token: chain, uses: chainUses, previous: [moving], wording: wording, proof: proof)),
        Picture(
            "end-previous", reader,
            EndPreviousPage(
                token: chain, previous: [moving], history: history, paths: TokenPaths(id: chain.id),
                wording: wording, proof: proof)),
        Picture(
            "end-previous-of-revoked", administrator,
            EndPreviousPage(
                token: revokedChain, previous: [moving], owner: "bruno",
                paths: TokenPaths(id: chain.id, isForAdministrators: true), wording: wording, proof: proof)),
        Picture(
            "revoke", reader,
            RevokePage(
                token: chain, previous: [moving], exchanged: exchanged, uses: chainUses,
                lastUse: chainUses[0], history: history, wording: wording, proof: proof)),
        Picture(
            "revoke-paused", administrator,
            RevokePage(
                token: paused(chain), uses: chainUses, lastUse: chainUses[0], owner: "bruno",
                isForAdministrators: true, wording: wording, proof: proof)),
        Picture(
            "revoke-unused", reader, RevokePage(token: fresh, uses: [], wording: wording, proof: proof)),
        Picture(
            "revoke-long-unused", reader,
            RevokePage(
                token: laptop, uses: [],
                lastUse: use(laptop, "maven", "192.0.2.44", "Maven 3.9.9", ago: .days(134)),
                wording: wording, proof: proof)),
    ]
}

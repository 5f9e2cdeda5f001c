import Desk
import Ledger
import Tokens

@testable import DeskPages

/// Requests for approval in every state, for each reader.
extension PagesGallery {
    private static let ops = [
        Approvers(groups: ["ops"], service: (try? ServiceName("git"))!),
        Approvers(groups: ["leads", "release managers"], service: (try? ServiceName("maven"))!),
    ]
    private static let brunoOfOps = with(bruno) { $0.groups = ["ops"] }
    private static let leader = with(chen) { $0.groups = ["leads"] }

    private static func request(
        _ number: Int64, _ name: String, _ scopes: String, ago: TimeSpan, by requester: Subject = dora,
        from addresses: [String] = [], expires: TimeSpan? = nil
    ) -> TokenRequest {
        TokenRequest(
            id: id(number), requester: requester.id, owner: requester.id,
            content: .create(
                RequestedToken(
                    name: (try? TokenName(name))!, scopes: Scopes(text: scopes)!,
                    addresses: addresses.compactMap { AddressRange($0) }, expiresAt: expires.map { now + $0 })
            ),
            reason: "The nightly release job pushes tags, and uploads what it has built.",
            createdAt: now - ago)
    }

    private static func decided(
        _ request: TokenRequest, _ people: [(Subject, Bool, String)], at moment: Timestamp
    ) -> TokenRequest {
        var request = request
        for (person, isApproval, word) in people {
            try? request.decide(isApproval, by: person, saying: word, under: ops, at: moment)
        }
        return request
    }

    private static func shown(_ request: TokenRequest, by requester: Subject = alice) -> ShownRequest {
        ShownRequest(
            request: request, requester: requester, owner: requester, approvers: ops,
            logins: [bruno.id: "bruno", chen.id: "chen.wei"], at: now)
    }

    private static let active = with(dora) { $0.suspendedAt = nil }
    private static let open = request(
        30, "Nightly release", "git:write:/team/app.git maven:write", ago: .hours(5),
        from: ["192.0.2.0/24", "2001:db8:85a3::/48"], expires: .days(90))
    private static let half = decided(
        open, [(brunoOfOps, true, "Only for this repository.")], at: now - .hours(1))
    private static let approved = decided(
        open, [(brunoOfOps, true, "Only for this repository."), (leader, true, "")], at: now - .hours(1))
    private static let denied = decided(
        open, [(brunoOfOps, false, "Reading is enough for this: ask for that.")], at: now - .hours(1))
    private static let used: TokenRequest = {
        let asked = request(33, "Nightly release", "git:write maven:write", ago: .hours(5), by: alice)
        var used = decided(asked, [(brunoOfOps, true, ""), (leader, true, "")], at: now - .hours(1))
        try? used.use(for: chain.id, by: alice, under: ops, at: now - .minutes(2))
        return used
    }()
    private static func mine(_ request: TokenRequest) -> TokenRequest {
        TokenRequest(
            id: request.id, requester: alice.id, owner: alice.id, content: request.content,
            reason: request.reason, createdAt: request.createdAt, decisions: request.decisions,
            stage: request.stage, approvedUntil: request.approvedUntil)
    }

    private static func page(
        _ request: TokenRequest, by requester: Subject = alice, to reader: Subject = alice,
        _ change: (inout RequestPage) -> Void = { _ in }
    ) -> RequestPage {
        var page = RequestPage(
            shown: shown(request, by: requester), reader: reader, wording: wording, proof: proof)
        change(&page)
        return page
    }

    private static func requestForm(_ draft: TokenDraft, _ faults: [FormFault] = []) -> NewTokenForm {
        var form = form(draft, faults)
        var policy = TokenPolicy()
        policy.services[(try? ServiceName("git"))!, default: TokenRules()].approval = ["ops"]
        form.offer = TokenOffer(policy, to: alice, services: services)
        form.needs = draft.isLimited ? Array(ops.prefix(1)) : []
        form.isAsked = draft.isLimited && faults.isEmpty
        return form
    }

    static let requests: [Picture] = {
        var asker = reader
        asker.requests = 1
        let approver = PageReader(
            login: "bruno", name: "Bruno Lefèvre", isAdministrator: false, requests: 3, proof: proof)
        let lists = [
            shown(open, by: active),
            shown(request(31, "Push from the workstation", "git:write", ago: .days(3))),
            shown(request(32, "Everything", "", ago: .days(29))),
        ]
        let own = [
            shown(mine(approved)), shown(mine(open)), shown(mine(denied)), shown(used),
            shown(request(34, "Never answered", "git:read", ago: .days(40), by: alice)),
        ]
        let limited = TokenDraft(name: "CI chain", isLimited: true, access: ["git": "write"])
        return [
            Picture(
                "requests", approver,
                RequestsPage(
                    reader: bruno.id, decidable: lists, own: [], decided: [shown(half, by: active)],
                    wording: wording)),
            Picture(
                "requests-empty", approver,
                RequestsPage(reader: bruno.id, decidable: [], own: [], wording: wording)),
            Picture(
                "requests-own", asker,
                RequestsPage(reader: alice.id, decidable: nil, own: own, wording: wording)),
            Picture(
                "request-own", asker, page(mine(open)), notice: Done.asked(open.requestedToken.name).sentence),
            Picture("request-own-approved", asker, page(mine(approved))),
            Picture("request-own-denied", asker, page(mine(denied))),
            Picture("request-own-used", asker, page(used)),
            Picture(
                "request-own-expired", asker,
                page(request(34, "Never answered", "git:read", ago: .days(40), by: alice))),
            Picture("request-to-decide", approver, page(open, by: active, to: brunoOfOps)),
            Picture("request-half-approved", approver, page(half, by: active, to: brunoOfOps)),
            Picture("request-suspended", approver, page(open, by: dora, to: brunoOfOps)),
            Picture(
                "request-decided-meanwhile", approver,
                page(denied, by: active, to: leader) {
                    $0.refusal = "\($0.shown.whatBecameOfIt) Nothing was changed."
                }),
            Picture(
                "request-word-fault", approver,
                page(open, by: active, to: brunoOfOps) {
                    $0.word = "jtn_"
                    $0.faults = [FormFault("word", "The word must not contain a token.")]
                }),
            Picture("new-token-approval", asker, NewTokenPage(form: requestForm(limited))),
            Picture("new-token-approval-hints", asker, NewTokenPage(form: requestForm(TokenDraft()))),
            Picture(
                "new-token-approval-faults", asker,
                NewTokenPage(
                    form: requestForm(
                        limited,
                        [FormFault("reason", "The reason must say why: those who approve read it.")]))),
        ]
    }()
}

import Desk
import Ledger
import Tokens

/// One token with all that is known of it, for its owner or for an administrator.
struct TokenPage: Page {
    let token: Token
    /// The owner, where an administrator reads it.
    var owner: Subject?
    /// The service account that it belongs to, where a steward reads it.
    var account: Subject?
    /// Signs that a person uses a service account's token.
    var humanUses: [HumanUse] = []
    /// The logins of the people in ``humanUses``.
    var humans: [SubjectID: String] = [:]
    let lastUse: Use?
    /// Its uses of the last ``daysOfUseTables`` days, latest first.
    let uses: [Use]
    /// A year of its uses, and the period that is drawn.
    var history: UseHistory?
    var period = UsePlot.Period.year
    /// Previous secrets that still work.
    var previous: [PreviousSecretMove] = []
    /// The token for which a program got this one in exchange.
    var parent: Token?
    /// Tokens that programs got in exchange for it, and that work.
    var exchanged: [ExchangedToken] = []
    /// What ended when it was revoked.
    var ended: EndedTogether?
    /// The login of the person who revoked it.
    var endedBy: String?
    var paused: PausedNotice?
    /// Who knows its secret from the time before it was handed over.
    var formerOwner: FormerOwnerNotice?
    /// Whether there is a service account that it can be handed over to.
    var canBeHandedOver = false
    /// Where its secrets were found.
    var leaks: LeakSection?
    /// Who is refused while it is paused.
    var refusals: RefusalSection?
    /// On which nodes what was just done is in force.
    var receipt: ReceiptNotice?
    /// What could be taken from it.
    var narrowing: Narrowing?
    /// What becomes of it, as nobody uses it.
    var idle: IdleWarning?
    var events = TokenEvents()
    var sleep: DormancyNotice?
    /// Whether the owner has to sign in before it works.
    var isDormant = false
    /// The list from which an administrator came.
    var view: ListView?
    let wording: Wording
    var proof = FormProof(field: "", value: "")

    var title: String { token.name.text }
    var navigationItem: NavigationItem? { paths.navigationItem }

    private var paths: TokenPaths {
        TokenPaths(id: token.id, isForAdministrators: owner != nil, account: account, view: view)
    }
    private var isWorking: Bool { token.isWorking(at: wording.now) }

    var content: HTML {
        p(.class("back")) { a(.href(paths.list)) { paths.listTitle } }
        if let receipt { receipt.html }
        section(.class("card"), .labelledBy("title")) {
            head
            notices
            if !token.description.isEmpty { p { token.description } }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            tokenIdentity(token, owner: owner ?? account, page: (owner ?? account).map(ownerPage))
        }
        if isWorking { humanUseNotice(humanUses, humans, wording) }
        if let leaks { leaks.html(wording) }
        if let refusals { refusals.html(wording) }
        if isWorking, !previous.isEmpty { rotationSection(previous, of: token, at: paths, proof, wording) }
        if let history, lastUse != nil { history.card(period, at: paths.page, wording) }
        section(.class("card"), .id("uses")) {
            useTable(
                uses, heading: "Where it was used in the last \(daysOfUseTables) days",
                none: lastUse == nil
                    ? "Nowhere: it was never used." : "Nowhere: its last use is longer ago.", wording)
        }
        if let idle { idleNotice(idle) }
        if let narrowing { narrowNotice(narrowing, of: token, proof, wording) }
        if !exchanged.isEmpty {
            section(.class("card"), .id("exchanged"), .labelledBy("exchanged-title")) {
                h2(.id("exchanged-title")) { "Tokens that programs got in exchange for it" }
                exchangedItems(exchanged, at: paths, of: owner == nil ? "you" : "the owner", wording)
            }
        }
        if token.state(at: wording.now) == .active { pauseCard }
        events.html(at: paths)
    }

    private func ownerPage(_ owner: Subject) -> DeskPath {
        account == nil ? .subject(owner) : .stewarded(owner.id)
    }

    private var head: HTML {
        div(.class("token-head")) {
            div(.class("titled")) {
                h1(.id("title")) { token.name.text }
                p(.class("tags")) {
                    if token.state(at: wording.now) == .active, !isDormant {
                        span(.class("tag")) { "active" }
                    }
                    stateTags(of: token, isDormant: isDormant, at: wording.now)
                    if owner?.suspendedAt != nil { span(.class("tag bad")) { "owner suspended" } }
                    unattendedTag(of: owner)
                    if account?.suspendedAt != nil { span(.class("tag bad")) { "account suspended" } }
                    if owner?.deactivatedAt != nil { span(.class("tag bad")) { "owner deactivated" } }
                }
            }
            if isWorking {
                p(.class("actions")) {
                    if owner == nil, token.isLasting {
                        a(.class("button"), .href(.edit(token.id))) { "Edit" }
                        if previous.isEmpty {
                            a(.class("button"), .href(.rotate(token.id))) { "Rotate" }
                        }
                    }
                    if canBeHandedOver, token.isLasting {
                        a(.class("button"), .href(paths.handOver)) { "Hand over…" }
                    }
                    a(.class("button danger"), .href(paths.revoke)) { "Revoke" }
                }
            }
        }
    }

    @HTMLBuilder
    private var notices: HTML {
        if !isWorking {
            div(.class("notice bad")) {
                p { endWords(of: token, by: endedBy, wording.now) }
                if let ended { endedList(ended) }
            }
            if !previous.isEmpty {
                partlyEndedNotice(previous, of: token, at: paths, proof, wording)
            }
        }
        if isWorking { events.reuseNotice(at: wording.now) }
        if let paused { paused.html(at: wording.now) }
        if isWorking, let formerOwner { formerOwner.html(at: wording.now) }
        if isWorking, let sleep { sleep.html }
        if let parent {
            p {
                token.delegation == nil
                    ? "A program got it in exchange for "
                    : "An agent acts with it on behalf of its owner, in exchange for "
                a(.href(paths.of(parent.id).page)) { parent.name.text }
                ". It can do no more than that token and is revoked with it."
            }
        }
    }

    @HTMLBuilder
    private func endedList(_ ended: EndedTogether) -> HTML {
        p { "What ended: \(ended.words)\(ended.exchanged.isEmpty ? "." : ":")" }
        if !ended.exchanged.isEmpty {
            ul {
                for child in ended.exchanged {
                    li {
                        a(.href(paths.of(child.id).page)) { child.name.text }
                        child.delegation == nil ? " on device \(child.exchange?.device.text ?? "")" : ""
                    }
                }
            }
        }
    }

    private var pauseCard: HTML {
        section(.class("card"), .id("pause"), .labelledBy("pause-title")) {
            h2(.id("pause-title")) { "Pause" }
            p(.class("hint")) {
                "A paused token is refused everywhere, and this page shows who is refused meanwhile. "
                "It works again by itself, or when you resume it."
            }
            pauseForm(of: token, at: paths.pause, proof: proof)
        }
    }
}

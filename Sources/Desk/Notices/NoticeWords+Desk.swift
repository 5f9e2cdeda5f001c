import Ledger
import Tokens

extension NoticeStory {
    func aboutAccount(_ kind: NoticeKind) -> NoticeContent {
        let by = actor.flatMap { $0.id == subject?.id ? nil : " by \($0.login)" } ?? ""
        let when = [NoticeDetail("When", event.at.noticeWords)]
        switch kind {
        case .signal: return aboutSignal
        case .passwordEnd:
            return NoticeContent(
                title: NoticeTitle("Your password ends at ", name: title(of: endingService), " soon").text,
                paragraphs: [
                    "Something still sends your password to \(title(of: endingService)), which refuses passwords soon. "
                        + "Create a token, and put it in the password’s place."
                ],
                facts: [NoticeDetail("Ends", endingWords)] + when, traces: useTraces,
                link: NoticeAction("Create a token", "/tokens/new"))
        case .newBrowser:
            return NoticeContent(
                title: NoticeTitle("Signed in with a new browser: ", name: event.detail, "").text,
                paragraphs: [
                    "Your account was signed in to with a browser that was never seen from that network before. "
                        + "If that was not you, sign out everywhere and change your password."
                ],
                facts: [NoticeDetail("Browser", event.detail)] + when, traces: addressTrace,
                link: NoticeAction("See where you are signed in", "/account"))
        case .passwordChanged:
            return NoticeContent(
                title:
                    "Your password was set\(actorName.isEmpty || by.isEmpty ? "" : NoticeTitle(" by ", name: actorName, "").text)"
                    .shortened(to: NoticeTitle.limit),
                paragraphs: [
                    "The password of your account was set\(by). All other browsers are signed out. If that was not you, "
                        + "tell an administrator at once."
                ],
                facts: when, traces: addressTrace, link: NoticeAction("See your account", "/account"))
        default:
            return NoticeContent(
                title: NoticeTitle("Your account ", name: subject?.login.text ?? "", " was suspended")
                    .text,
                paragraphs: [
                    "Your account was suspended\(by). Your tokens and browsers are refused until it is resumed. Ask an administrator why."
                ],
                facts: when, link: NoticeAction("Go to the desk", "/"))
        }
    }

    /// What is said of a signal of the identity provider, such as "session-revoked: 2 sessions ended".
    private var aboutSignal: NoticeContent {
        let name = event.detail.split(separator: ":").first.map(String.init) ?? ""
        let done = event.detail.dropFirst(name.count + 2)
        return NoticeContent(
            title: NoticeTitle("Your identity provider reports: ", name: name, "").text,
            paragraphs: [
                "The identity provider reported “\(name)” about your account, and Jeton did what it is configured to do: "
                    + "\(done). Sign in again to go on, and ask an administrator if you do not know why."
            ],
            facts: [NoticeDetail("When", event.at.noticeWords)],
            link: NoticeAction("See your tokens", "/tokens"))
    }

    /// The service of an event about a password, which is in its detail before a comma.
    private var endingService: String {
        event.detail.split(separator: ",").first.map(String.init) ?? ""
    }

    private var endingWords: String {
        event.detail.split(separator: ",").dropFirst().joined(separator: ",").description.trimmed
    }

    func aboutRequest(_ kind: NoticeKind) -> NoticeContent {
        let name = event.detail.split(separator: ",").first.map(String.init) ?? ""
        let path = request.map { "/requests/\($0)" } ?? "/requests"
        let facts = [NoticeDetail("Request", event.detail), NoticeDetail("When", event.at.noticeWords)]
        guard kind == .answer else {
            return NoticeContent(
                title: NoticeTitle([
                    .name(requester?.login.text ?? "Somebody"), .words(" asks for token “"), .name(name),
                    .words("”"),
                ]).text,
                paragraphs: ["You are one of those who may approve it."], facts: facts,
                link: NoticeAction("Approve or deny it", path))
        }
        let isApproved = event.kind == .requestApproved
        return NoticeContent(
            title: NoticeTitle(
                "Your request for “", name: name, isApproved ? "” was approved" : "” was denied"
            ).text,
            paragraphs: [
                isApproved
                    ? "Create the token within 7 days, once nobody else has to approve it."
                    : "It was denied. The request says why."
            ], facts: facts, link: NoticeAction(isApproved ? "Create the token" : "See the request", path))
    }

    /// The name of a webhook in the configuration, or the login of the service account whose it is.
    private var disabledWebhook: String {
        subject?.login.text ?? event.detail.split(separator: ":").first.map(String.init) ?? ""
    }

    func aboutDesk(_ kind: NoticeKind) -> NoticeContent {
        let detail = event.detail
        let (title, paragraph, act, path): (String, String, String, String) =
            switch kind {
            case .policy:
                (
                    "The rules about tokens changed", "The rules for everybody’s tokens changed: \(detail)",
                    "See the rules", "/admin/policy"
                )
            case .unattended:
                (
                    NoticeTitle("Service account ", name: detail, " has no steward").text,
                    "No active person is left who may manage its tokens. They are paused after the grace, unless somebody becomes a steward.",
                    "Name a steward", subject.map { "/admin/accounts/\($0.id)" } ?? "/admin/accounts"
                )
            case .provider:
                (
                    "The identity provider sends incomplete data",
                    "Sign-ins go on without what is missing (\(detail)), so that groups and names may be out of date.",
                    "See the events", "/admin/events?kind=provider_degraded"
                )
            case .provisioning:
                (
                    "SCIM: an account could not be provisioned",
                    "The identity provider tried to change an account and was refused: \(detail)",
                    "See the events", "/admin/events?kind=provisioning_refused"
                )
            case .ledger:
                (
                    "The ledger had trouble", "Reading or writing failed: \(detail). See the server’s log.",
                    "See the events", "/admin/events?kind=ledger_troubled"
                )
            case .export:
                (
                    NoticeTitle("The export “", name: detail, "” is late").text,
                    "Events wait to be sent, and none are forgotten before that. See the server’s log for the reason.",
                    "See the events", "/admin/events?kind=export_lagging"
                )
            default:
                (
                    NoticeTitle("The webhook “", name: disabledWebhook, "” was disabled").text,
                    "It answered that it wants nothing any more (410). It gets nothing until it is enabled.",
                    "Enable it again", "/admin/notices"
                )
            }
        return NoticeContent(
            title: title, paragraphs: [paragraph], facts: [NoticeDetail("When", event.at.noticeWords)],
            link: NoticeAction(act, path))
    }
}

import Ledger
import Tokens

extension NoticeStory {
    func aboutToken(_ kind: NoticeKind, forAdministrators: Bool) -> NoticeContent {
        let path = token.map { "\(forAdministrators ? "/admin" : "")/tokens/\($0.id)" } ?? "/tokens"
        var content = NoticeContent(
            title: tokenTitle(kind), paragraphs: tokenParagraphs(kind), facts: tokenFacts,
            traces: isAboutUse(kind) ? addressTrace + useTraces : addressTrace,
            link: NoticeAction(tokenAct(kind), path))
        if [.expiring, .expired].contains(kind), !forAdministrators {
            content.link = NoticeAction("Rotate it", "\(path)/rotate")
        }
        return content
    }

    private func isAboutUse(_ kind: NoticeKind) -> Bool {
        switch kind {
        case .expiring, .expired, .previousSecret, .leak, .misuse, .attention: true
        default: false
        }
    }

    /// What is said of a decoy, whose name begins the event's detail.
    var aboutDecoy: NoticeContent {
        let parts = event.detail.split(separator: ", tried ").map(String.init)
        let name = parts.first ?? ""
        let place = parts.dropFirst().last.map { " \($0)" } ?? ""
        return NoticeContent(
            title: NoticeTitle("Somebody tried the decoy “", name: name, "”").text,
            paragraphs: [
                "The decoy “\(name)” was tried\(place). It is good for nothing and was left to be found, so somebody "
                    + "has read what it lay in: look at who can, and replace the real secrets beside it."
            ],
            facts: [NoticeDetail("Decoy", name), NoticeDetail("When", event.at.noticeWords)],
            traces: addressTrace, link: NoticeAction("See who tried it", "/decoys"))
    }

    // MARK: Titles

    private func tokenTitle(_ kind: NoticeKind) -> String {
        let name = token?.name.text ?? ""
        func by(_ verb: String, _ passive: String) -> String {
            guard actor != nil else { return titled(name, passive) }
            return NoticeTitle([.name(actorName), .words(" \(verb) ")] + named(name)).text
        }
        switch kind {
        case .created:
            guard let client = token?.client else { return by("created", "was created") }
            return NoticeTitle([
                .name(client.title), .words(" got a token: “"), .name(name), .words("”"),
            ]).text
        case .rotated: return by("rotated", "was rotated")
        case .revoked: return by("revoked", "was revoked")
        case .paused: return by("paused", "was paused")
        case .handedOver: return by("handed over", "was handed over")
        case .expiring:
            let end = token?.expiresAt.map { event.at.noticeWords(until: $0) } ?? "soon"
            return titled(name, "expires \(end)")
        case .expired: return titled(name, "expired while in use")
        case .newNetwork: return titled(name, "is used from a new network")
        case .previousSecret: return titled(name, "still uses an old secret")
        case .endedSecret: return titled(name, ": an ended secret was tried")
        case .burst: return titled(name, "is refused again and again")
        case .leak: return titled(name, "was found in the open")
        case .misuse: return titled(name, "is sent the wrong way")
        default: return titled(name, "needs your attention")
        }
    }

    /// The token with its owner where that is a service account.
    private func named(_ name: String, capital: Bool = false) -> [NoticeTitle.Part] {
        guard isOfAccount, let owner = subject else {
            return [.words(capital ? "Your token “" : "your token “"), .name(name), .words("”")]
        }
        return [
            .words(capital ? "Token “" : "token “"), .name(name), .words("” of "), .name(owner.login.text),
        ]
    }

    private func titled(_ name: String, _ words: String) -> String {
        NoticeTitle(
            named(name, capital: true) + [.words(":,".contains(words.prefix(1)) ? words : " \(words)")]
        ).text
    }

    // MARK: Paragraphs

    private func tokenParagraphs(_ kind: NoticeKind) -> [String] {
        let by = actor.map { " by \($0.login)" } ?? ""
        return switch kind {
        case .created:
            token?.client.map { client in
                let place = client.address.isEmpty ? "" : ", which asked from \(client.address)"
                return [
                    "You let “\(client.title)” have a token\(place). If it was not you who started that program, revoke it."
                ]
            } ?? ["A token was created\(by). If you did not expect it, revoke it."]
        case .rotated:
            ["The token got a new secret\(by). Whatever still uses the previous one stops when that ends."]
        case .revoked:
            [
                "The token was revoked\(by)\(reason). It is refused everywhere, and does not come back.",
                lastUseWords,
            ]
        case .paused:
            ["The token was paused\(by)\(reason). It is refused until it is resumed.", lastUseWords]
        case .handedOver:
            [
                "The token was handed over\(by), and works on. Rotate it, so that only its new stewards know its secret."
            ]
        case .expiring:
            [
                "From its expiry on it is refused everywhere. \(lastUseWords)",
                uses.isEmpty
                    ? "If nothing needs it, let it expire. Otherwise rotate it, and it gets as long again."
                    : "Rotate it before that, and bring the new secret to what uses it.",
            ]
        case .expired:
            [
                "It was used within the week before its expiry, and is refused since. \(lastUseWords)",
                "Create another one for what used it, if that is still needed.",
            ]
        case .newNetwork:
            [
                "It was used from a network from which it was never used before. If that was not you, revoke it."
            ]
        case .previousSecret:
            [
                "It was rotated, and something still uses the secret from before, which ends within a day. Bring the new secret there."
            ]
        case .endedSecret:
            [
                "Somebody sent a secret of this token that has ended. Either something was forgotten when it was rotated, or somebody has a copy."
            ]
        case .burst: ["It was refused many times today: \(event.detail). Something goes on using it."]
        default: special(kind)
        }
    }

    private func special(_ kind: NoticeKind) -> [String] {
        let detail = event.detail.isEmpty ? "" : " What is known: \(event.detail)."
        return switch kind {
        case .leak: ["Its secret was found where others may read it.\(detail)", lastUseWords]
        case .misuse: ["It was sent in a way in which others may read it, or to the wrong place.\(detail)"]
        default: ["An administrator asks you to look at it\(askedWhy).", lastUseWords]
        }
    }

    /// What the administrator says, which follows the token's name in the event.
    private var askedWhy: String {
        guard let colon = event.detail.ranges(of: ": ").first else { return "" }
        return ": “\(event.detail[colon.upperBound...])”"
    }

    /// Why a token was revoked or paused, where nobody did it.
    private var reason: String {
        guard let since = event.detail.range(of: ", since ") else { return "" }
        return event.detail[since.lowerBound...].description
    }

    private func tokenAct(_ kind: NoticeKind) -> String {
        switch kind {
        case .created, .newNetwork: "See it, or revoke it"
        case .endedSecret, .burst: "See who tries it"
        case .leak: "See where it was found"
        case .misuse: "See where it is used"
        case .previousSecret: "See what uses it"
        default: "See the token"
        }
    }

    // MARK: Facts

    private var tokenFacts: [NoticeDetail] {
        guard let token else { return [] }
        var facts = [NoticeDetail("Token", token.name.text)]
        if isOfAccount, let owner = subject {
            facts.append(NoticeDetail("Service account", owner.login.text))
        }
        if let end = token.expiresAt { facts.append(NoticeDetail("Expires", end.noticeWords)) }
        facts.append(NoticeDetail("When", event.at.noticeWords))
        return facts
    }
}

extension String {
    /// Where `text` is in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        ranges(of: text).first
    }
}

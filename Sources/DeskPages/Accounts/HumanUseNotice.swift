import Desk
import Ledger
import Tokens

/// The notice that a person seems to use a service account's token.
@HTMLBuilder
func humanUseNotice(_ found: [HumanUse], _ logins: [SubjectID: String], _ wording: Wording) -> HTML {
    if !found.isEmpty {
        div(.class("notice bad")) {
            p { strong { "A person seems to use a token of this account, which is for programs only." } }
            ul { for one in found { li { seen(one, logins, wording) } } }
            p {
                "If that was nobody’s task, rotate the token, and bind it to the addresses of the machines that need it. "
                if found.contains(where: \.isBySomebodysToken) {
                    "If the address is a build machine’s, replace the personal token there, too. "
                }
                "People create tokens of their own."
            }
        }
    }
}

@HTMLBuilder
private func seen(_ one: HumanUse, _ logins: [SubjectID: String], _ wording: Wording) -> HTML {
    let use = one.use
    let login = one.person.map { logins[$0] ?? "somebody" } ?? ""
    switch one.sign {
    case .browser:
        "At \(wording.titles[use.service]) with \(use.client)"
        use.address.isEmpty ? "" : ", from \(use.address)"
    case .signIn:
        "At \(wording.titles[use.service]) from \(use.address), where otherwise only \(login) signs in"
    case .ownToken:
        "At \(wording.titles[use.service]) from \(use.address), "
        "where otherwise only \(login)’s own tokens or password are used"
    }
    use.count == 1 ? ": once, " : ": \(use.count) times, last "
    moment(use.lastAt)
}

extension HumanUse {
    fileprivate var isBySomebodysToken: Bool { if case .ownToken = sign { true } else { false } }
}

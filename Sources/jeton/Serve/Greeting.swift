import Desk
import Ledger
import SignIn

/// What a server says once it is able to verify: where it is, and as long as nobody administers what to do.
struct Greeting {
    let text: String
    /// Whether there is no account yet, so that nobody could do anything without the link in it.
    let isNeeded: Bool

    /// The greeting of `house`; makes a link to the first administrator's account where there never was one.
    init(of components: Components) async throws(CommandFailure) {
        let address = "\(components.configuration.publicURL)"
        var lines = ["Jeton is at \(address)/"]
        do throws(LedgerError) {
            let state = try await components.ledger.administration()
            if try await components.accounts.invitesFirst() {
                let link = PeopleDesk.welcomeLink(try await components.accounts.invite(nil), at: address)
                lines += Self.invitation(state, link)
            } else if state != .administered, components.configuration.oidc?.adminGroups.isEmpty ?? true {
                lines += Self.unadministered(hasProvider: components.provider != nil)
            }
            isNeeded = state == .noAccounts && components.provider == nil
        } catch {
            throw .failed("\(error)")
        }
        text = lines.map { "\($0)\n" }.joined()
    }

    private static func invitation(_ state: AdministrationState, _ link: String) -> [String] {
        guard state != .noAccounts else {
            return ["Make the first account, an administrator's, within an hour at", "  \(link)"]
        }
        return [
            "Nobody administers this desk yet: make an administrator's account within an hour at",
            "  \(link)",
            "or have somebody who has an account do it: jeton user promote LOGIN",
        ]
    }

    private static func unadministered(hasProvider: Bool) -> [String] {
        [
            "Nobody administers this desk who could sign in: "
                + (hasProvider
                    ? "have somebody sign in, then run `jeton user promote LOGIN`"
                    : "run `jeton user promote LOGIN` or `jeton user add LOGIN --admin`")
        ]
    }
}

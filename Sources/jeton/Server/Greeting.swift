import Desk
import Ledger
import SignIn

/// What a server prints once it is ready: its address, and what to do if there is no administrator.
struct Greeting {
    let text: String
    /// Whether nobody can sign in without the link in it, since there is no account yet.
    let isNeeded: Bool

    /// The greeting of `components`. Creates a link for the first administrator's account if there has never been an
    /// administrator.
    init(of components: Components) async throws(CommandFailure) {
        let address = "\(components.configuration.publicURL)"
        var lines = ["Jeton is at \(address)/"]
        if let path = components.configuration.listen.path {
            lines = ["Jeton listens at \(path), for the proxy at \(address)/"]
        }
        do throws(LedgerError) {
            let state = try await components.ledger.administration()
            if try await components.accounts.invitesFirst() {
                let link = PeopleDesk.welcomeLink(try await components.accounts.invite(nil), at: address)
                lines += Self.invitation(state, link)
            } else if state != .administered,
                components.configuration.oidcSettings?.adminGroups.isEmpty ?? true
            {
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
            return ["Create the first account, an administrator's, within an hour at", "  \(link)"]
        }
        return [
            "There is no administrator yet: create an administrator's account within an hour at",
            "  \(link)",
            "or make somebody an administrator who has an account: jeton user promote LOGIN",
        ]
    }

    private static func unadministered(hasProvider: Bool) -> [String] {
        [
            "There is no administrator who can sign in: "
                + (hasProvider
                    ? "let somebody sign in, then run `jeton user promote LOGIN`"
                    : "run `jeton user promote LOGIN` or `jeton user add LOGIN --admin`")
        ]
    }
}

import Desk
import Ledger
import Tokens

/// The tokens that one rule gave to jobs and that work, folded.
struct JobList: Sendable, Hashable {
    let rule: TrustRuleID
    /// The rule's name.
    let name: String
    let tokens: [ListedToken]
    /// The addresses of the runs that may be linked, by token.
    let runs: [TokenID: RunAddress]
    /// Whether there are more than are shown.
    let isCut: Bool

    func html(_ page: TrustPage) -> HTML {
        details(.class("past"), .id("jobs-\(rule)")) {
            summary {
                h2 {
                    "\(tokens.count)\(isCut ? " or more" : "") \(tokens.count == 1 ? "token" : "tokens") of “\(name)”"
                }
            }
            ul(.class("tokens card")) { for listed in tokens { row(listed, page) } }
        }
    }

    private func row(_ listed: ListedToken, _ page: TrustPage) -> HTML {
        let token = listed.token
        let paths = TokenPaths(id: token.id, account: page.owner.isPerson ? nil : page.owner)
        return li(.class("token")) {
            h3 { a(.href(paths.page)) { token.name.text } }
            p(.class("hint")) {
                if let job = token.job {
                    job.repository.isEmpty ? job.subject : job.repository
                    job.workflow.isEmpty ? "" : ", \(job.workflow)"
                    if let address = runs[token.id] {
                        ", "
                        a(.href(run: address), .rel("noreferrer")) { "the run" }
                    } else if !job.run.isEmpty {
                        ", run \(job.run)"
                    }
                    ". "
                }
                "Since "
                moment(token.createdAt)
                if let end = token.expiresAt {
                    ", until "
                    moment(end, .exact)
                }
                if let use = listed.lastUse {
                    ", last used "
                    moment(use.lastAt)
                    " at \(page.wording.titles[use.service])"
                }
            }
            a(.class("button small danger"), .href(paths.revoke), .label("Revoke \(token.name)")) { "Revoke" }
        }
    }
}

/// The address of a CI system's run that a page may link to: https, at the host that belongs to an issuer of the
/// configuration.
struct RunAddress: Sendable, Hashable {
    let text: String

    /// `nil` unless the job names such an address.
    init?(of job: Token.Job, among issuers: [TrustForm.OfferedIssuer]) {
        guard let issuer = issuers.first(where: { $0.name.isExactly(job.issuer) }),
            let site = issuer.kind.site(of: issuer.address), job.run.hasPrefix("\(site)/"),
            job.run.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"'<>\\".utf8.contains($0) })
        else { return nil }
        text = job.run
    }
}

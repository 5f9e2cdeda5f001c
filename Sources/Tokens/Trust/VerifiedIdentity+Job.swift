extension VerifiedIdentity {
    /// The most characters of each part of a ``Token/Job``.
    private static let partLimit = 300

    /// What is kept of it with a token that `rule` gives.
    public func job(by rule: TrustRuleID) -> Token.Job {
        let names = kind.jobClaims
        return Token.Job(
            rule: rule, issuer: issuerName, subject: Self.part(subject), repository: part(names.repository),
            workflow: part(names.workflow), run: runAddress ?? part(names.run))
    }

    /// The name of its token: repository, workflow and run, or the subject where it names none of them.
    public var tokenName: TokenName? {
        let names = kind.jobClaims
        let workflow = part(names.workflow).split(separator: "@").first.map(String.init) ?? ""
        let file = workflow.split(separator: "/").last.map(String.init) ?? ""
        let run = part(names.run)
        let parts = [part(names.repository), file, run.isEmpty ? "" : "#\(run)"].filter { !$0.isEmpty }
        let text = parts.isEmpty ? subject : parts.joined(separator: " ")
        return (try? TokenName(text)) ?? (try? TokenName(String(text.oneLine.prefix(TokenName.limit))))
            ?? (try? TokenName("a job of \(issuerName)"))
    }

    private func part(_ names: [String]) -> String {
        names.lazy.compactMap(claims.only).first.map(Self.part) ?? ""
    }

    private static func part(_ text: String) -> String { String(text.oneLine.prefix(partLimit)) }

    /// The address at which people can look at the job: on the issuer's own host, or the host that belongs to it; `nil`
    /// where the kind has no such address, or the claims do not make a plain one.
    public var runAddress: String? {
        guard let site = kind.site(of: issuer) else { return nil }
        func plain(_ names: [String]) -> String? {
            guard let text = names.lazy.compactMap(claims.only).first, !text.isEmpty,
                text.utf8.allSatisfy({ $0.isBase62 || "-_./".utf8.contains($0) }),
                text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({
                    !["", ".", ".."].contains($0)
                })
            else { return nil }
            return text
        }
        let path: String? =
            switch kind {
            case .github:
                plain(["repository"]).flatMap { repository in
                    plain(["run_id"]).map { "\(repository)/actions/runs/\($0)" }
                }
            case .forgejo:
                plain(["repository"]).flatMap { repository in
                    plain(["run_number"]).map { "\(repository)/actions/runs/\($0)" }
                }
            case .gitlab:
                plain(["project_path"]).flatMap { project in
                    plain(["job_id"]).map { "\(project)/-/jobs/\($0)" }
                }
            case .buildkite:
                plain(["organization_slug"]).flatMap { organization in
                    plain(["pipeline_slug"]).flatMap { pipeline in
                        plain(["build_number"]).map { "\(organization)/\(pipeline)/builds/\($0)" }
                    }
                }
            case .circleci, .kubernetes, .spiffe, .oidc: nil
            }
        return path.map { "\(site)/\($0)" }
    }
}

extension IssuerKind {
    /// The site of people's pages that belongs to an issuer, `https://HOST`; `nil` where there is none, or the issuer has no
    /// https address.
    public func site(of issuer: String) -> String? {
        guard issuer.hasPrefix("https://") else { return nil }
        let host = issuer.dropFirst("https://".count).prefix { $0 != "/" }
        switch (self, host) {
        case (.github, "token.actions.githubusercontent.com"): return "https://github.com"
        case (.buildkite, "agent.buildkite.com"): return "https://buildkite.com"
        case (.github, _), (.gitlab, _), (.forgejo, _), (.buildkite, _): return "https://\(host)"
        case (.circleci, _), (.kubernetes, _), (.spiffe, _), (.oidc, _): return nil
        }
    }
}

/// What kind of system issues the identities of jobs: it decides which claims describe a job, which never change hands, and
/// where a job can be looked at.
public enum IssuerKind: String, Hashable, Sendable, CaseIterable {
    case github
    case gitlab
    case forgejo
    case buildkite
    case circleci
    case kubernetes
    case spiffe
    /// Any other OpenID Connect provider.
    case oidc

    /// The kind of an issuer that is known by its address; `nil` for any other.
    public init?(ofIssuer issuer: String) {
        guard let address = ServiceURL(issuer), address.scheme == "https" else { return nil }
        switch address.host {
        case "token.actions.githubusercontent.com": self = .github
        case "gitlab.com": self = .gitlab
        case "agent.buildkite.com": self = .buildkite
        case "oidc.circleci.com": self = .circleci
        // GitHub Enterprise Server.
        default:
            guard address.path == "/_services/token" else { return nil }
            self = .github
        }
    }

    /// What people call it.
    public var title: String {
        switch self {
        case .github: "GitHub Actions"
        case .gitlab: "GitLab CI/CD"
        case .forgejo: "Forgejo Actions"
        case .buildkite: "Buildkite"
        case .circleci: "CircleCI"
        case .kubernetes: "Kubernetes"
        case .spiffe: "SPIFFE"
        case .oidc: "OpenID Connect"
        }
    }

    /// The claims that identify a repository or its owner for good, where a name can belong to somebody else one day. A rule
    /// has to match one of them exactly; empty where there are none.
    public var immutableClaims: [String] {
        switch self {
        case .github: ["repository_id", "repository_owner_id"]
        case .gitlab: ["project_id", "namespace_id"]
        case .buildkite: ["pipeline_id", "organization_id"]
        case .circleci: ["oidc.circleci.com/project-id", "oidc.circleci.com/org-id"]
        case .forgejo, .kubernetes, .spiffe, .oidc: []
        }
    }

    /// The claims that a rule usually matches, for whoever writes one.
    public var usualClaims: [String] {
        switch self {
        case .github: ["repository_id", "repository", "workflow_ref", "environment", "ref"]
        case .gitlab: ["project_id", "project_path", "ref", "ref_type", "ref_protected", "environment"]
        case .forgejo: ["repository", "workflow_ref", "ref", "event_name"]
        case .buildkite: ["pipeline_id", "organization_slug", "pipeline_slug", "build_branch", "step_key"]
        case .circleci: ["oidc.circleci.com/project-id", "oidc.circleci.com/vcs-ref"]
        case .kubernetes: ["sub", "kubernetes.io/namespace", "kubernetes.io/serviceaccount/uid"]
        case .spiffe, .oidc: ["sub"]
        }
    }

    /// How to find the value of one of ``immutableClaims``.
    public var immutableHint: String {
        switch self {
        case .github: "`gh api repos/OWNER/REPO --jq '.id, .owner.id'` shows both"
        case .gitlab: "the page of the project or group shows it"
        case .buildkite: "the settings of the pipeline and of the organization show them"
        case .circleci: "the settings of the project and of the organization show them"
        case .forgejo, .kubernetes, .spiffe, .oidc: ""
        }
    }

    /// The events whose jobs get nothing, by the claim that names the event: they run with the rights of the repository, on
    /// code that anybody may have sent.
    var refusedEvents: (claim: String, events: Set<String>)? {
        switch self {
        case .github, .forgejo: ("event_name", ["pull_request_target", "workflow_run"])
        default: nil
        }
    }

    /// The claims that name a job's repository, its workflow and its run, the first that is there counting.
    var jobClaims: (repository: [String], workflow: [String], run: [String]) {
        switch self {
        case .github, .forgejo: (["repository"], ["workflow_ref", "workflow"], ["run_id"])
        case .gitlab: (["project_path"], ["ci_config_ref_uri"], ["job_id", "pipeline_id"])
        case .buildkite: (["pipeline_slug"], ["step_key"], ["build_number"])
        case .circleci:
            (
                ["oidc.circleci.com/vcs-origin", "oidc.circleci.com/project-id"], [],
                ["oidc.circleci.com/job-id"]
            )
        case .kubernetes:
            (["kubernetes.io/namespace"], ["kubernetes.io/serviceaccount/name"], ["kubernetes.io/pod/name"])
        case .spiffe, .oidc: ([], [], [])
        }
    }
}

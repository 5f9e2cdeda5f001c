import DeskAPI
import Leaks
import Tokens

/// `leaks`: who reports secrets that were found, and what happens then.
struct LeakSection: Sendable {
    var policy = LeakPolicy()
    var gitHub = GitHub()
    var gitLab = GitLab()

    struct GitHub: Sendable {
        var keysURL: String?
        var authorities: String?
        var isTold = false
    }

    struct GitLab: Sendable {
        var secret: ServiceSecret?
        var types = ["gitleaks_rule_id_jeton-token"]
    }

    /// The reporters, with their keys and secrets.
    func reporters(clock: Clock) -> LeaksAPI.Reporters {
        var reporters = LeaksAPI.Reporters()
        reporters.gitHub = gitHub.keysURL.map {
            GitHubKeys(url: $0, trusting: gitHub.authorities, clock: clock)
        }
        reporters.tellsGitHub = gitHub.isTold
        reporters.gitLab = gitLab.secret
        reporters.gitLabTypes = gitLab.types
        return reporters
    }
}

extension ConfigurationKey {
    static let leaks: [ConfigurationKey] = leakActs + leakReporters

    private static let leakActs: [ConfigurationKey] = [
        .one(
            "leaks.people", .leakAct, default: "revoke",
            "What happens to a token of a person that is reported as leaked while it works: it is revoked, paused until "
                + "an administrator resumes it, or only recorded as an event ([leaks](operate/leaks.md))."
        ) { $0.leaks.policy.people = $1 },
        .one(
            "leaks.accounts", .leakAct, default: "revoke",
            "The same for tokens of service accounts."
        ) { $0.leaks.policy.accounts = $1 },
        .service(
            "services.*.leaked", .leakAct, default: "`leaks.people` or `leaks.accounts`",
            "The same for tokens that may be used at this service, whosever they are. Of a token for several services the "
                + "strictest holds."
        ) { $0.leaked = $1 },
    ]

    private static let leakReporters: [ConfigurationKey] = [
        .one(
            "leaks.github.keys_url", .keysURL, default: "none: GitHub is not believed",
            "Where the public keys are with which GitHub signs the reports of its secret scanning: "
                + "`https://api.github.com/meta/public_keys/secret_scanning`, or the same of a GitHub Enterprise Server."
        ) { $0.leaks.gitHub.keysURL = $1 },
        .one(
            "leaks.github.ca_file", .path, default: "the system's",
            "The certificates, in PEM, of which one must have signed that server's."
        ) { $0.leaks.gitHub.authorities = $1 },
        .one(
            "leaks.github.feedback", .truth, default: "false",
            "Whether GitHub is told of each reported secret whether it is one of this desk."
        ) { $0.leaks.gitHub.isTold = $1 },
        .one(
            "leaks.gitlab.token_file", .gitLabSecret, default: "none: GitLab is not believed",
            "The file with the secret that GitLab's token revocation sends: at least 32 characters on one line, such as "
                + "from `openssl rand -hex 32`."
        ) { $0.leaks.gitLab.secret = $1 },
        .list(
            "leaks.gitlab.types", .gitLabType, default: "gitleaks_rule_id_jeton-token",
            "The types of secrets that GitLab reports here: `gitleaks_rule_id_` and the name of the rule."
        ) { $0.leaks.gitLab.types = $1 },
    ]
}

extension ValueParser<LeakAct> {
    fileprivate static let leakAct = ValueParser(
        "`revoke`, `pause` or `notify`", expected: "revoke, pause or notify",
        schema: .words(["revoke", "pause", "notify"]), read: LeakAct.init(rawValue:))
}

extension ValueParser<String> {
    fileprivate static let keysURL = ValueParser(
        "`https://…`",
        expected: "an https address such as https://api.github.com/meta/public_keys/secret_scanning"
    ) { text in
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"].first {
            text == $0 || text.hasPrefix("\($0):") || text.hasPrefix("\($0)/")
        }
        let rest =
            text.hasPrefix("https://") ? text.dropFirst(8) : local.map { text.dropFirst($0.count) } ?? ""
        return !rest.isEmpty && !rest.hasPrefix("/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            ? text : nil
    }

    fileprivate static let gitLabType = ValueParser(
        "types such as `gitleaks_rule_id_jeton-token`",
        expected: "a type such as gitleaks_rule_id_jeton-token"
    ) { text in
        !text.isEmpty && text.utf8.count <= 200 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            ? text : nil
    }
}

extension ValueParser<ServiceSecret> {
    fileprivate static let gitLabSecret = secretFile { (text) throws(BadValue) in
        guard text.utf8.count >= 32, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let secret = ServiceSecret(text)
        else {
            throw BadValue("the file must contain a secret of at least 32 characters on one line")
        }
        return secret
    }
}

extension Configuration {
    /// What happens to leaked tokens, with what services say.
    var leakPolicy: LeakPolicy {
        var policy = leaks.policy
        for section in serviceSections { policy.services[section.name] = section.leaked }
        return policy
    }

    /// Keys of GitHub without the address of its keys.
    var leakConflicts: [KeyConflict] {
        guard given.contains(where: { $0.hasPrefix("leaks.github.") }), leaks.gitHub.keysURL == nil,
            !given.contains("leaks.github.keys_url")
        else { return [] }
        return [
            KeyConflict("leaks.github.keys_url", "is required with the other keys of `leaks.github`")
        ]
    }
}

import HTTPServer
import Ledger
import SQLLedger
import Tokens
import YAML

/// Everything that the operator configures, with a default for each.
///
/// It mirrors the YAML file: a key of the top level is a property, and a mapping is a section with a file of its own
/// in `Sections`, which holds the values, the keys with their reference text, and the checks. So
/// `stop: { drain: 15s }` is `configuration.stop.drain`, and `Sections/StopSection.swift` says all about it.
struct Configuration: Sendable {
    /// The paths of all keys that were given, whatever their source: `services.maven.title`.
    var given: Set<String> = []

    var listen = ListenAddress.tcp(Endpoint(address: .loopback, port: 8080))
    /// The permissions of the socket of `listen`, by `listen_mode` and `listen_group`.
    var listenFile = LocalServer.SocketPermissions(mode: 0o660)
    /// `public_url`, if given; ``publicURL`` has a default.
    var givenPublicURL: PublicURL?
    /// The proxies whose forwarded headers are trusted.
    var trustedProxies = AddressRange.loopback
    var tls = TLSSection()
    var ledger = LedgerLocation.sqlite(path: LedgerLocation.fileName)
    /// The format of tokens, by `token_prefix`.
    var tokenFormat = TokenFormat.standard
    /// Whether rotating a token with a secret that has ended revokes it, by `reused_secrets`.
    var revokesReused = false
    var postgreSQL = PostgreSQLSection()
    /// How long a node on PostgreSQL may go without confirming that it has seen every change.
    var staleFor = TimeSpan.seconds(10)
    var signIn = SignInSection()
    /// `services`, as they were written; ``services`` has their defaults.
    var serviceSections: [ServiceSection] = []
    /// `tokens`: the rules about tokens for all services.
    var tokens = TokenRules()
    var accounts = AccountSection()
    /// `agents`: service accounts that act on behalf of people.
    var agents = DelegationPolicy()
    var oauth = OAuthSection()
    var nuxeo = NuxeoSection()
    var signals = SignalsSection()
    /// `federation`: the issuers whose identities are traded for tokens.
    var federation: [FederationSection] = []
    /// Whether people may have trust rules, by `trust_rules`.
    var peopleHaveTrustRules = false
    var limits = Server.Limits()
    var stop = StopSection()
    var log = LogSection()
    var metrics = MetricsSection()
    var events = EventSection()
    var exports = ExportSection()
    var notices = NoticeSection()
    var leaks = LeakSection()
}

extension Configuration {
    /// What this node is called among those that share a ledger: its host, and its port or the path of its socket.
    var nodeName: String { "\(ProcessSettings.hostName):\(listen.nameOnMachine)" }

    /// Where the configuration comes from.
    struct Sources: Sendable {
        /// The file, if one is named.
        var file: String?
        /// The process's environment.
        var environment: [String: String] = [:]
        /// What flags of the command line set: the flag, the key's path and the value.
        var flags: [(flag: String, key: String, value: String)] = []
    }

    /// Reads the file, then the environment, then the flags: each wins over the one before.
    /// Throws every error in any of them.
    static func read(_ sources: Sources) throws(ConfigurationFaults) -> Configuration {
        var reader = ConfigurationReader()
        if let path = sources.file {
            do throws(Files.Fault) {
                reader.read(file: path, try Files.read(path, limit: YAMLNode.sizeLimit))
            } catch {
                let fault = ConfigurationFault(
                    place: path, reason: "the file cannot be read: \(error.reason)")
                throw ConfigurationFaults(all: [fault])
            }
        }
        reader.read(environment: sources.environment)
        for (flag, key, value) in sources.flags { reader.read(flag: flag, key: key, value: value) }
        return try reader.finish()
    }

    /// All keys that do not fit another one.
    var keyConflicts: [KeyConflict] {
        listenConflicts + signIn.session.conflicts + oidcConflicts + saslauthdConflicts + pathConflicts
            + signInConflicts
            + passwordConflicts + groupConflicts + postgreSQLConflicts + metrics.conflicts
            + tokenRuleConflicts + exportConflicts + noticeConflicts + leakConflicts + signalConflicts
            + federationConflicts
            + oauthConflicts
    }

    /// What is allowed but unlikely to work as intended, as a sentence each.
    func warnings(at time: Timestamp) -> [String] {
        addressWarnings(at: time) + passwordWarnings(at: time) + tokenRuleWarnings + noticeWarnings
            + signalWarnings
    }
}

import HTTPServer
import Ledger
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

    /// Where the server listens.
    var listen = Endpoint(address: .loopback, port: 8080)
    /// The address that people reach it by, where that is not the one it listens on.
    var givenPublicURL: PublicURL?
    /// Proxies whose forwarded headers are believed.
    var trustedProxies = AddressRange.loopback
    /// The certificate and its key.
    var tls = TLSSection()
    /// Where the ledger is.
    var ledger = LedgerLocation.sqlite(path: LedgerLocation.fileName)
    /// The form of tokens.
    var tokenFormat = TokenFormat.standard
    /// How a database is reached.
    var postgreSQL = PostgreSQLSection()
    /// How long a node on PostgreSQL may go without confirming that it knows of every change.
    var staleFor = TimeSpan.seconds(10)
    /// How people sign in.
    var signIn = SignInSection()
    /// What is guarded, as it was written; ``services`` has it complete.
    var serviceSections: [ServiceSection] = []
    /// Nuxeo's token authentication.
    var nuxeo = NuxeoSection()
    /// What one client may use up.
    var limits = Server.Limits()
    /// What happens after the signal to stop.
    var stop = StopSection()
    /// What is logged.
    var log = LogSection()
    /// Where monitoring reads.
    var metrics = MetricsSection()
}

extension Configuration {
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
    /// Throws all that is wrong in any of them.
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

    /// All keys that do not go with another.
    var unmatchedKeys: [UnmatchedKey] {
        signIn.session.conflicts + oidcConflicts + saslauthdConflicts + pathConflicts + signInConflicts
            + passwordConflicts + groupConflicts + postgreSQLConflicts + metrics.conflicts
    }

    /// What is not wrong enough to refuse, but will not do as it was meant: a sentence each.
    func warnings(at time: Timestamp) -> [String] {
        addressWarnings(at: time) + passwordWarnings(at: time)
    }
}

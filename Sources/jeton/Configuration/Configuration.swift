import HTTPServer
import Ledger
import SQLLedger
import Tokens

/// All that the operator decides, with a default for each.
struct Configuration: Sendable {
    /// Where the server listens.
    var listen = Endpoint(address: .loopback, port: 8080)
    /// The address that people reach it by, where that is not the one it listens on.
    var givenPublicURL: PublicURL?
    /// What the server speaks TLS with, as it was written.
    var tlsDraft = TLSDraft()
    /// What was in those files when the configuration was read; `nil` for plain HTTP.
    var identity: TLSIdentity?
    /// Proxies whose forwarded headers are believed.
    var trustedProxies = AddressRange.loopback
    /// Where the ledger is.
    var ledger = LedgerLocation.sqlite(path: LedgerLocation.fileName)
    /// Whether it says so itself, and leaves nothing to what is usual.
    var namesLedger = false
    /// How it is reached where it is on PostgreSQL.
    var postgreSQL = PostgreSQLDraft()
    /// The form of tokens.
    var tokenFormat = TokenFormat.standard
    /// How long a browser stays signed in without being used.
    var sessionIdle = TimeSpan.hours(12)
    /// How long a browser stays signed in at most.
    var sessionAbsolute = TimeSpan.days(7)
    /// How often people have to come through the identity provider for their tokens to stay awake.
    var signInEvery: TimeSpan?
    /// The identity provider, as it was written.
    var oidcDraft = OIDCDraft()
    /// Who knows the passwords that services in transition take.
    var passwordCheck = PasswordKeeper.local
    /// What is guarded, as it was written.
    var serviceDrafts: [ServiceDraft] = []
    /// Whether Nuxeo's clients get tokens in the way that they know.
    var speaksNuxeo = false
    /// What one client may use up.
    var limits = Server.Limits()
    /// How long to serve on after the signal to stop.
    var drain = TimeSpan.seconds(0)
    /// Whether the log has a line for each grant, too.
    var logsGrants = true
    /// Where monitoring reads figures.
    var metrics = MetricsPlace()

    /// A service as far as it was written.
    struct ServiceDraft: Hashable, Sendable {
        let name: ServiceName
        var title: String?
        var realm: String?
        var kind = Service.Kind.http
        var url: ServiceURL?
        var secret: ServiceSecret?
        var saslauthd = SaslauthdDraft()
        var groups: [String] = []
        var tellGroups: [String]?
        var paths: [PathPattern] = []
        var takesPasswords = false
        var passwordsUntil: Timestamp?
        var allowsAnonymousReads = false

        /// The service that it makes.
        var service: Service {
            Service(
                name: name, title: title, realm: realm, kind: kind, url: url, groups: groups,
                tellGroups: tellGroups,
                paths: paths,
                passwords: takesPasswords ? .transition(until: passwordsUntil) : .refused,
                allowsAnonymousReads: allowsAnonymousReads)
        }
    }

    /// The address that people reach the desk by, without a slash at its end.
    var publicURL: PublicURL { givenPublicURL ?? PublicURL(reaching: listen, isSecure: tls != nil) }

    /// What is guarded: where nothing was written the service `default`, so that it can be tried at once.
    var services: [Service] {
        guard serviceDrafts.isEmpty else {
            return serviceDrafts.map(\.service)
        }
        return (try? ServiceName("default")).map { [Service(name: $0, title: "Default")] } ?? []
    }

    /// What services prove themselves with that ask by themselves.
    var secrets: [ServiceName: ServiceSecret] {
        Dictionary(
            serviceDrafts.compactMap { draft in draft.secret.map { (draft.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The draft of that service, which is added where there is none.
    subscript(_ name: ServiceName) -> ServiceDraft {
        get { serviceDrafts.first { $0.name == name } ?? ServiceDraft(name: name) }
        set {
            if let index = serviceDrafts.firstIndex(where: { $0.name == name }) {
                serviceDrafts[index] = newValue
            } else {
                serviceDrafts.append(newValue)
            }
        }
    }
}

/// Where the ledger is kept.
enum LedgerLocation: Hashable, Sendable {
    /// In one file; a path that is not absolute begins at the data folder.
    case sqlite(path: String)
    /// In a PostgreSQL database.
    case postgresql(PostgreSQLSettings)

    /// The file's name where none is given.
    static let fileName = "jeton.db"

    /// The path of the file, where it is one.
    func path(in data: String) -> String? {
        switch self {
        case .sqlite(let path): path.hasPrefix("/") ? path : "\(data)/\(path)"
        case .postgresql: nil
        }
    }
}

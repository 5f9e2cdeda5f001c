import Ledger
import Tokens

/// The name of a client for people: `Maven 3.8.7` for the user agent `Apache-Maven/3.8.7 (Java 17.0.15; Linux 6.1)`.
public enum ClientName {
    private static let products: [(token: String, name: String)] = [
        ("apache-maven", "Maven"), ("maven-resolver", "Maven"), ("gradle", "Gradle"), ("jgit", "JGit"),
        ("git-lfs", "Git LFS"), ("git", "Git"), ("curl", "curl"), ("wget", "Wget"), ("twine", "twine"),
        ("pip", "pip"), ("poetry", "Poetry"), ("uv", "uv"), ("npm", "npm"), ("yarn", "Yarn"),
        ("pnpm", "pnpm"),
        ("cargo", "cargo"), ("docker", "Docker"), ("skopeo", "skopeo"), ("containers", "Podman"),
        ("debian apt-http", "apt"), ("debian apt", "apt"), ("nuxeo-cli", "Nuxeo CLI"), ("sbt", "sbt"),
        ("ivy", "Ivy"), ("apache ivy", "Ivy"), ("nuget", "NuGet"), ("go-http-client", "a Go program"),
        ("python-requests", "Python requests"), ("python-urllib", "Python urllib"), ("okhttp", "OkHttp"),
        ("apache-httpclient", "Apache HttpClient"), ("java", "Java"), ("postmanruntime", "Postman"),
        ("insomnia", "Insomnia"), ("httpie", "HTTPie"), ("powershell", "PowerShell"), ("node", "Node.js"),
        ("svn", "Subversion"), ("bazel", "Bazel"), ("libwww-perl", "Perl"), ("ansible-httpget", "Ansible"),
        ("jenkins", "Jenkins"), ("gitlab-runner", "GitLab Runner"),
    ]
    /// The most characters of an unknown product's name.
    private static let limit = 60

    /// The name of the client; `an unnamed client` for an empty user agent.
    public static func of(userAgent: String) -> String {
        let agent = userAgent.trimmingPrefix { $0 == " " }
        guard !agent.isEmpty else { return "an unnamed client" }
        let lowered = agent.lowercased()
        if lowered.hasPrefix("mozilla/") { return browser(lowered) }
        for (token, name) in products where lowered.hasPrefix(token) {
            let rest = agent.dropFirst(token.count)
            guard let next = rest.first else { return name }
            if next == "/" || next == " " || next == "(" { return named(name, version: rest) }
        }
        return cleaned(agent)
    }

    /// The name with the digits and dots after `/`: `2.39.5` of `2.39.5.windows.1`.
    private static func named(_ name: String, version rest: Substring) -> String {
        guard rest.first == "/" else { return name }
        var version = rest.dropFirst().prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        while version.last == "." { version.removeLast() }
        return version.isEmpty ? name : "\(name) \(version.prefix(20))"
    }

    private static func browser(_ agent: String) -> String {
        let known = [
            ("powershell", "PowerShell"), ("edg/", BrowserName.edge.rawValue),
            ("firefox/", BrowserName.firefox.rawValue), ("chrome/", BrowserName.chrome.rawValue),
            ("safari/", BrowserName.safari.rawValue),
        ]
        return known.first { agent.contains($0.0) }?.1 ?? BrowserName.other.rawValue
    }

    /// The first product of an unknown agent, without unprintable characters.
    private static func cleaned(_ agent: Substring) -> String {
        let product = agent.prefix { $0 != "(" && $0 != " " }
        let shown = product.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 && $0.value != 0x7F }
        let text = String(String.UnicodeScalarView(shown)).replacing("/", with: " ", maxReplacements: 1)
        return text.isEmpty ? "an unnamed client" : String(text.prefix(limit))
    }
}

/// Caches the names of clients, since many uses come from few clients.
struct ClientNames {
    private let format: TokenFormat
    private var known: [String: String] = [:]

    /// An empty cache. A user agent that holds a token of `format` gets no name.
    init(format: TokenFormat) {
        self.format = format
    }

    /// The client's name, which is stored and so must not hold a token.
    mutating func name(of userAgent: String) -> String {
        if let name = known[userAgent] { return name }
        let name = ClientName.of(userAgent: format.isFound(in: userAgent) ? "" : userAgent)
        known[userAgent] = name
        return name
    }
}

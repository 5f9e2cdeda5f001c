// swift-tools-version: 6.2
import PackageDescription

/// A C library that the system provides; `Sources/<name>/shim.h` says what we take of it.
func system(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

/// Warnings are errors in CI only: a later compiler, which warns about more, must still build this.
let warningsAreErrors = ["CI", "WARNINGS_AS_ERRORS"].contains {
    Context.environment[$0]?.isEmpty == false
}

/// Settings that hold for all of our own code.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: warningsAreErrors ? .error : .warning),
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

func library(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

// The house: arrows point down only. `docs/architecture.md` walks through it.
let package = Package(
    name: "jeton",
    products: [.executable(name: "jeton", targets: ["jeton"])],
    targets: [
        // Composition: the only target that knows every other.
        .executableTarget(
            name: "jeton",
            dependencies: [
                "Archives", "Desk", "DeskAPI", "DeskPages", "EventFormats", "Exports", "Gate", "Leaks",
                "Notices",
                "OAuth", "SCIM", "SignIn", "Signals",
                "HTTPServer", "Curl", "JSON", "Ledger", "SQLLedger", "TokenIndex", "Metrics", "Tokens",
                "YAML",
            ],
            swiftSettings: strict),

        // What people and scripts talk to; what proxies talk to; what identity providers talk to; who is at
        // the browser.
        library(
            "DeskPages",
            [
                "Desk", "EventFormats", "Leaks", "OAuth", "SignIn", "HTTPServer", "Ledger", "JSON",
                "Markdown",
                "Tokens", "Sodium",
            ],
            // Guides/Texts is a link to docs/use: the same files are read on a Git host and served at /help.
            resources: [.embedInCode("Layout/Assets"), .embedInCode("Guides/Texts")]),
        library(
            "DeskAPI",
            [
                "COpenAPI", "Desk", "EventFormats", "Gate", "Leaks", "SignIn", "HTTPServer", "Ledger", "JSON",
                "Sodium", "Tokens",
            ],
            exclude: ["openapi.json"]),
        library("Gate", ["HTTPServer", "Ledger", "TokenIndex", "JSON", "Memory", "Tokens", "Sodium"]),
        // The desk's rules, for pages, scripts and the command line alike.
        library("Desk", ["SignIn", "Ledger", "Tokens"]),
        // What other systems learn of events: the forms in which they are written, and the ways to send them.
        library("EventFormats", ["Ledger", "JSON", "Tokens"]),
        // Secrets that were found: what scanners write, who signed a report, and what a heap of files has.
        library("Leaks", ["Archives", "Curl", "JSON", "Signatures", "Sodium", "Tokens"]),
        // What people and other systems are told: mail and webhooks.
        library("Notices", ["Curl", "Desk", "JSON", "Ledger", "Sodium", "Tokens"]),
        library("Exports", ["EventFormats", "Curl", "JSON", "Ledger", "TLSClient", "Tokens"]),
        // The authorization server: programs and jobs get tokens by themselves.
        library("OAuth", ["Curl", "Desk", "Gate", "HTTPServer", "JSON", "Ledger", "Sodium", "Tokens"]),
        library("SCIM", ["Gate", "HTTPServer", "Ledger", "JSON", "Tokens"]),
        // What the identity provider says of people: a receiver of Shared Signals.
        library(
            "Signals", ["SignIn", "HTTPServer", "Curl", "Ledger", "JOSE", "JSON", "Tokens", "Sodium"]),
        library(
            "SignIn",
            [
                "HTTPServer", "Curl", "Ledger", "JOSE", "JSON", "PasswordStrength", "Tokens", "Sodium",
            ]),

        // What carries and what remembers.
        // libmicrohttpd calls GnuTLS for us, and calls back with GnuTLS's own types: one target sees both.
        library(
            "HTTPServer", ["CMicroHTTPD", "CMicroHTTPDLookup", "CGnuTLS", "Memory", "Metrics", "Tokens"]),
        // What the ledger remembers and promises, without a database; the engines that keep the promises; and the
        // index in memory that the gate reads.
        library("Ledger", ["Sodium", "Tokens"]),
        library("SQLLedger", ["JSON", "Ledger", "SQL", "SQLite", "PostgreSQL", "Sodium", "Tokens"]),
        library("TokenIndex", ["Ledger", "Memory", "Sodium", "Tokens"]),

        // The core: values and rules.
        library("Tokens", ["Sodium"]),

        // What databases have in common.
        library("SQL", []),
        // Raw memory that many threads share, wrapped once.
        library("Memory", ["CMalloc"]),
        // Figures for who watches over it, and the formats in which they are collected.
        library("Metrics", ["Memory"]),

        // C libraries, each wrapped once.
        library("Sodium", ["CGnuTLS", "CSodium"]),
        library("SQLite", ["SQL", "CSQLite"]),
        library("PostgreSQL", ["SQL", "CPostgreSQL"]),
        library("YAML", ["CYAML"]),
        library("JSON", ["CJansson"]),
        library("Curl", ["CCurl"]),
        // The client's side of GnuTLS; HTTPServer has the server's.
        library("TLSClient", ["CGnuTLS"]),
        // Signatures that GnuTLS verifies apart from any connection.
        library("Signatures", ["CGnuTLS"]),
        library("Archives", ["CArchive"]),
        library("Markdown", ["CMark"]),
        library("JOSE", ["CJose", "JSON", "Sodium"]),
        library("PasswordStrength", ["CZxcvbn"]),
        .systemLibrary(name: "CMalloc"),
        system("CSodium", "libsodium", apt: "libsodium-dev", brew: "libsodium"),
        system("CSQLite", "sqlite3", apt: "libsqlite3-dev", brew: "sqlite3"),
        system("CPostgreSQL", "libpq", apt: "libpq-dev", brew: "libpq"),
        // The description of the API, as bytes of the program.
        .target(name: "COpenAPI"),
        // What stands in for a function of libmicrohttpd's: see its one file.
        .target(name: "CMicroHTTPDLookup"),
        system("CMicroHTTPD", "libmicrohttpd", apt: "libmicrohttpd-dev", brew: "libmicrohttpd"),
        system("CGnuTLS", "gnutls", apt: "libgnutls28-dev", brew: "gnutls"),
        system("CJansson", "jansson", apt: "libjansson-dev", brew: "jansson"),
        system("CYAML", "yaml-0.1", apt: "libyaml-dev", brew: "libyaml"),
        system("CCurl", "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
        system("CMark", "libcmark", apt: "libcmark-dev", brew: "cmark"),
        system("CArchive", "libarchive", apt: "libarchive-dev", brew: "libarchive"),
        system("CJose", "cjose", apt: "libcjose-dev", brew: "cjose"),
        // Neither pkg-config nor Homebrew knows it: where it is no package, it is built from its source.
        .systemLibrary(name: "CZxcvbn", providers: [.apt(["libzxcvbn-dev"])]),

        tests("SodiumTests", ["Sodium"]),
        tests("MemoryTests", ["Memory"]),
        tests("MetricsTests", ["Metrics"]),
        tests("MarkdownTests", ["Markdown"]),
        tests("PasswordStrengthTests", ["PasswordStrength"]),
        tests("JOSETests", ["JOSE", "JSON", "ProviderKit"]),
        .target(
            name: "ProviderKit",
            dependencies: ["CJose", "CSodium", "JSON", "HTTPServer", "Sodium", "Tokens"],
            path: "Tests/ProviderKit", swiftSettings: strict),
        .target(
            name: "TestHouse", dependencies: ["Ledger", "SQLLedger", "TokenIndex", "Sodium", "Tokens"],
            path: "Tests/TestHouse", swiftSettings: strict),
        tests(
            "LeaksTests", ["Leaks", "Archives", "HTTPServer", "JSON", "Signatures", "TestHouse", "Tokens"]),
        tests("TokensTests", ["Sodium", "Tokens"]),
        tests(
            "LedgerTests",
            [
                "TestHouse", "Ledger", "SQLLedger", "TokenIndex", "PostgreSQL", "SQL", "SQLite", "Sodium",
                "Tokens",
            ]),
        tests("HTTPServerTests", ["TestHouse", "HTTPServer", "Tokens"]),
        tests(
            "SignInTests",
            [
                "TestHouse", "ProviderKit", "SignIn", "HTTPServer", "Curl", "JOSE", "JSON", "Ledger",
                "SQLite", "Tokens", "Sodium",
            ]),
        tests(
            "GateTests",
            ["TestHouse", "Gate", "HTTPServer", "Ledger", "TokenIndex", "SQL", "SQLite", "Tokens"]),
        tests(
            "DeskTests",
            [
                "TestHouse", "ProviderKit", "Desk", "DeskAPI", "DeskPages", "Gate", "Leaks", "OAuth",
                "SignIn",
                "HTTPServer", "Ledger",
                "TokenIndex", "JSON", "Tokens", "Sodium",
            ]),
        tests(
            "ExportsTests",
            ["TestHouse", "EventFormats", "Exports", "JSON", "Ledger", "TLSClient", "Tokens"]),
        tests(
            "NoticesTests", ["TestHouse", "Notices", "Curl", "Desk", "JSON", "Ledger", "Sodium", "Tokens"]),
        tests(
            "SignalsTests",
            [
                "TestHouse", "ProviderKit", "Signals", "HTTPServer", "JOSE", "JSON", "Ledger", "SignIn",
                "Sodium",
                "Tokens",
            ]),
        tests(
            "OAuthTests",
            [
                "TestHouse", "OAuth", "Curl", "Desk", "Gate", "HTTPServer", "JSON", "Ledger", "Sodium",
                "Tokens",
            ]),
        tests("SCIMTests", ["TestHouse", "SCIM", "Gate", "HTTPServer", "JSON", "Ledger", "Tokens"]),
        tests(
            "JetonTests",
            [
                "TestHouse", "jeton", "Desk", "DeskAPI", "DeskPages", "Gate", "SignIn", "JSON", "YAML",
                "Curl", "HTTPServer", "Ledger", "SQLLedger", "TokenIndex", "Sodium", "Tokens",
            ]),
    ]
)

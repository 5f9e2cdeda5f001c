import HTTPServer
import TestHouse
import Testing
import Tokens

@testable import jeton

/// The configuration of a file's text, an environment and flags.
private func read(
    _ text: String, environment: [String: String] = [:], listen: String? = nil
) throws(ConfigurationFaults) -> Configuration {
    var reader = ConfigurationReader()
    reader.read(file: "jeton.yaml", Array(text.utf8))
    reader.read(environment: environment)
    if let listen { reader.read(flag: "--listen", key: "listen", value: listen) }
    return try reader.finish()
}

private func faults(_ text: String, environment: [String: String] = [:]) -> String {
    do throws(ConfigurationFaults) {
        _ = try read(text, environment: environment)
        return ""
    } catch {
        return error.description
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    @Test("an empty configuration has defaults")
    func defaults() throws {
        let configuration = try read("")
        #expect(configuration.listen.description == "127.0.0.1:8080")
        #expect(configuration.publicURL.description == "http://127.0.0.1:8080")
        #expect(configuration.services == [Service(name: try ServiceName("default"), title: "Default")])
        #expect(configuration.ledger.path(in: "data") == "data/jeton.db")
        #expect(configuration.log.grants)
    }

    @Test("every key is read")
    func everyKey() throws {
        let configuration = try read(
            """
            listen: "[::1]:9000"
            public_url: HTTPS://Tokens.example.com/
            trusted_proxies: [10.0.0.0/8, 192.0.2.1]
            ledger: sqlite:/var/lib/jeton/jeton.db
            token_prefix: acme_
            sign_in: { session: { idle: 30m, absolute: 1d } }
            services:
              maven:  { title: Maven private repository, kind: http }
              git:    { title: Studio projects over Git, kind: git, realm: Studio, groups: [dev, ops], tell_groups: [dev], paths: [/*/*.git, /pub] }
              plain: { anonymous: read }
            limits: { body: 2MiB, header: 8192, connections: 100, connections_per_address: 9, request_timeout: 5s }
            stop: { drain: 15s }
            log: { grants: false }
            """)
        #expect(configuration.listen.description == "[::1]:9000")
        #expect(configuration.publicURL.description == "https://tokens.example.com")
        #expect(configuration.publicURL.isSecure)
        #expect(configuration.trustedProxies == ["10.0.0.0/8", "192.0.2.1"].map { AddressRange($0)! })
        #expect(configuration.ledger.path(in: "data") == "/var/lib/jeton/jeton.db")
        #expect(configuration.tokenFormat.prefix == "acme_")
        #expect(configuration.signIn.session.idle == .minutes(30))
        #expect(configuration.signIn.session.absolute == .days(1))
        #expect(
            configuration.services == [
                Service(name: try ServiceName("maven"), title: "Maven private repository"),
                Service(
                    name: try ServiceName("git"), title: "Studio projects over Git", realm: "Studio",
                    kind: .git,
                    groups: ["dev", "ops"], tellGroups: ["dev"],
                    paths: ["/*/*.git", "/pub"].map { PathPattern($0)! }),
                Service(name: try ServiceName("plain"), allowsAnonymousReads: true),
            ])
        #expect(
            configuration.limits
                == Server.Limits(
                    headerBytes: 8192, bodyBytes: 2 << 20, connections: 100, connectionsPerAddress: 9,
                    exempt: configuration.trustedProxies, requestTimeout: .seconds(5)))
        #expect(configuration.stop.drain == .seconds(15))
        #expect(!configuration.log.grants)
    }

    @Test("a flag overrides the environment, and that the file")
    func precedence() throws {
        let file = "listen: 127.0.0.1:1\nlog: { grants: true }\nservices: { my-maven: { title: A } }\n"
        let environment = [
            "JETON_LISTEN": "127.0.0.1:2", "JETON_LOG_GRANTS": "false",
            "JETON_TRUSTED_PROXIES": "::1, 10.0.0.0/8",
            "JETON_SERVICES_MY_MAVEN_TITLE": "B", "JETON_SERVICES_MY_MAVEN_GROUPS": "dev, ops",
            "JETON_SERVICES_GIT_KIND": "git", "JETON_DATA": "x",
            "HOME": "y",
        ]
        let configuration = try read(file, environment: environment, listen: "127.0.0.1:3")
        #expect(configuration.listen.endpoint?.port == 3)
        #expect(!configuration.log.grants)
        #expect(configuration.trustedProxies == ["::1", "10.0.0.0/8"].map { AddressRange($0)! })
        #expect(
            configuration.services == [
                Service(name: try ServiceName("my-maven"), title: "B", groups: ["dev", "ops"]),
                Service(name: try ServiceName("git"), kind: .git),
            ])
        #expect(try read(file, environment: environment).listen.endpoint?.port == 2)
    }

    @Test(
        "an error in the file is a line with its place",
        arguments: [
            ("lissten: x\n", "jeton.yaml:1:1: unknown key `lissten` (did you mean `listen`?)"),
            (
                "sign_in:\n  sesion: {}\n",
                "jeton.yaml:2:3: unknown key `sign_in.sesion` (did you mean `session`?)"
            ),
            ("whatever: x\n", "jeton.yaml:1:1: unknown key `whatever`"),
            (
                "listen: nowhere\n",
                "jeton.yaml:1:9: `listen`: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, or a socket such as unix:/run/jeton/gate.sock, found “nowhere”"
            ),
            (
                "public_url: https://example.com/desk\n",
                "jeton.yaml:1:13: `public_url`: expected http:// or https:// with a host and no path, such as https://tokens.example.com, found “https://example.com/desk”"
            ),
            (
                "trusted_proxies: [10.0.0.0/33]\n",
                "jeton.yaml:1:18: `trusted_proxies`: expected addresses or ranges such as 10.0.0.0/8 or 2001:db8::/32, found “10.0.0.0/33”"
            ),
            (
                "ledger: postgres://jeton:s3cret@db:port/jeton?colour=red\n",
                "jeton.yaml:1:9: `ledger`: expected an address that libpq reads, such as postgres://jeton@db.example.com/jeton"
            ),
            (
                "ledger: jeton.db\n",
                "jeton.yaml:1:9: `ledger`: expected sqlite: and a path, such as sqlite:/var/lib/jeton/jeton.db, or an address such as postgres://jeton@db.example.com/jeton, found “jeton.db”"
            ),
            (
                "token_prefix: Acme\n",
                "jeton.yaml:1:15: `token_prefix`: expected 1 to 15 of a-z and 0-9, a letter first, then _, such as acme_, found “Acme”"
            ),
            (
                "services:\n  maven: { kind: ftp }\n",
                "jeton.yaml:2:18: `services.maven.kind`: expected http, git, docker, cargo, npm, maven or pypi, found “ftp”"
            ),
            (
                "services: { maven: { anonymous: write } }\n",
                "jeton.yaml:1:33: `services.maven.anonymous`: expected refused or read, found “write”"
            ),
            (
                "services:\n  jeton: {}\n",
                "jeton.yaml:2:3: `services.jeton`: a service's name must not be “jeton”: that word has a meaning of its own"
            ),
            (
                "services:\n  maven: http\n",
                "jeton.yaml:2:10: `services.maven`: expected keys below it: title, realm, kind, url, bearer_challenge, groups, tell_groups, paths, secret_file, passwords, passwords_until, anonymous, writes, saslauthd, tokens, leaked"
            ),
            (
                "services:\n  svn: { saslauthd: { socket: mux } }\n",
                "jeton.yaml:2:31: `services.svn.saslauthd.socket`: expected the absolute path of a socket such as /run/jeton/gate.sock, found “mux”"
            ),
            (
                "services:\n  svn: { saslauthd: { socket: /mux, mode: 0777 } }\n",
                "jeton.yaml:2:43: `services.svn.saslauthd.mode`: expected 0600, 0660 or 0666, found “0777”"
            ),
            (
                "services:\n  svn: { saslauthd: { access: read } }\n",
                "jeton.yaml:2:31: `services.svn.saslauthd.socket` is required with the other keys of `saslauthd`"
            ),
            (
                "services: maven\n",
                "jeton.yaml:1:11: `services`: expected keys below it: names of your choice"
            ),
            (
                "oauth: { client_metadata: [claude.ai, \"https://x.example\"] }\n",
                "jeton.yaml:1:27: `oauth.client_metadata`: expected off, any, or names of hosts such as claude.ai, found “https://x.example”"
            ),
            (
                "oauth: { client_metadata: [any, claude.ai] }\n",
                "jeton.yaml:1:27: `oauth.client_metadata`: expected off, any, or names of hosts such as claude.ai, found “any”"
            ),
            (
                "oauth: { client_metadata: [] }\n",
                "jeton.yaml:1:27: `oauth.client_metadata`: the list is empty: write off"
            ),
            (
                "services:\n  maven: { title: \"\" }\n",
                "jeton.yaml:2:19: `services.maven.title`: must not be empty"
            ),
            (
                "services: { a: { url: https://a.example.com/x }, b: { url: https://b.example.com/x//y, paths: [/*] } }\n",
                "jeton.yaml:1:60: `services.b.url` must not have empty, `.` or `..` segments, or anything else ambiguous, in its path if `paths` is set"
            ),
            (
                "services: { git: { paths: [/**] } }\n",
                "jeton.yaml:1:27: `services.git.paths`: expected a path such as /*/*.git, in which * stands for any characters within one segment, found “/**”"
            ),
            (
                "services: { git: { tell_groups: [] } }\n",
                "jeton.yaml:1:33: `services.git.tell_groups`: the list is empty: remove the key"
            ),
            (
                "services: { git: { tokens: { approval: [] } } }\n",
                "jeton.yaml:1:40: `services.git.tokens.approval`: the list is empty: remove the key"
            ),
            (
                "services: { git: { groups: [] } }\n",
                "jeton.yaml:1:28: `services.git.groups`: the list is empty: remove the key"
            ),
            (
                "limits: { body: 1GiB }\n",
                "jeton.yaml:1:17: `limits.body`: expected a size such as 64KiB, from 1KiB to 64MiB, found “1GiB”"
            ),
            (
                "limits: { connections: -1 }\n",
                "jeton.yaml:1:24: `limits.connections`: expected a number from 16 to 1000000, found “-1”"
            ),
            (
                "stop: { drain: 10 }\n",
                "jeton.yaml:1:16: `stop.drain`: expected a time such as 10s or 1m, or 0s, found “10”"
            ),
            ("log: { grants: yes }\n", "jeton.yaml:1:16: `log.grants`: expected true or false, found “yes”"),
            (
                "sign_in: { session: { idle: 0s } }\n",
                "jeton.yaml:1:29: `sign_in.session.idle`: expected a time such as 90s, 15m, 12h or 30d, found “0s”"
            ),
            (
                "sign_in: { session: { idle: 8d } }\n",
                "jeton.yaml:1:29: `sign_in.session.idle` must not be longer than `sign_in.session.absolute`"
            ),
            (
                "sign_in: { tokens_need_sign_in_every: 30d }\n",
                "jeton.yaml:1:39: `sign_in.tokens_need_sign_in_every` needs an identity provider: set `sign_in.oidc.issuer`, or remove it"
            ),
            ("listen:\n", "jeton.yaml:1:8: `listen`: expected a value; remove the key to use its default"),
            ("listen: [127.0.0.1:1]\n", "jeton.yaml:1:9: `listen`: expected a single value"),
            ("trusted_proxies: { a: b }\n", "jeton.yaml:1:18: `trusted_proxies`: expected a list of values"),
            (
                "- listen\n",
                "jeton.yaml:1:1: expected keys: listen, listen_mode, listen_group, public_url, trusted_proxies, tls, ledger, token_prefix, reused_secrets, postgresql, stale_for, sign_in, services, tokens, accounts, agents, oauth, federation, trust_rules, nuxeo, signals, limits, stop, log, metrics, events, exports, notices, leaks"
            ),
            (
                "trusted_proxies: [127.0.0.0/8, ::1]\n",
                "jeton.yaml:1:32: did not find expected node content: what begins with a colon, such as \"::1\", needs quotes"
            ),
            (
                "metrics: { allow: [192.0.2.1] }\n",
                "jeton.yaml:1:19: `metrics.allow` has no effect without `metrics.listen`"
            ),
            (
                "metrics: { listen: 9464, allow: [192.0.2.1] }\n",
                "jeton.yaml:1:20: `metrics.listen`: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, found “9464”"
            ),
            (
                "postgresql: { poll_every: 6s }\n",
                "jeton.yaml:1:27: `stale_for` must be at least twice `postgresql.poll_every`"
            ),
            (
                "sign_in: { oidc: { issuer: ftp://x, client_id: y }, tokens_need_sign_in_every: 30d }\n",
                "jeton.yaml:1:28: `sign_in.oidc.issuer`: expected an https address such as https://example.okta.com, found “ftp://x”"
            ),
        ])
    func fileFaults(text: String, expected: String) {
        #expect(faults(text) == expected)
    }

    @Test(
        "a number that is too large is an error, in every key",
        arguments: [
            "listen: 127.0.0.1:NUMBER", "sign_in: { session: { idle: NUMBERd } }",
            "sign_in: { session: { absolute: NUMBERw } }", "limits: { body: NUMBERMiB }",
            "limits: { header: NUMBERKiB }", "limits: { body: NUMBER }", "limits: { connections: NUMBER }",
            "limits: { request_timeout: NUMBERs }", "stop: { drain: NUMBERm }", "stale_for: NUMBERh",
            "postgresql: { connections: NUMBER }", "trusted_proxies: [10.0.0.0/NUMBER]",
        ])
    func hugeNumbers(line: String) {
        let numbers = [
            "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775808",
            "99999999999999999999999999999999",
        ]
        for number in numbers {
            #expect(faults(line.replacing("NUMBER", with: number) + "\n").contains("expected"))
        }
    }

    @Test("all errors are reported at once")
    func allAtOnce() {
        #expect(
            faults(
                "lissten: x\nlog: { grants: 1 }\n", environment: ["JETON_LISTEN": "x", "JETON_LISSTEN": "y"])
                    == """
                    jeton.yaml:1:1: unknown key `lissten` (did you mean `listen`?)
                    jeton.yaml:2:16: `log.grants`: expected true or false, found “1”
                    JETON_LISSTEN: unknown variable (did you mean `JETON_LISTEN`?)
                    JETON_LISTEN: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, or a socket such as unix:/run/jeton/gate.sock, found “x”
                    """)
    }

    @Test("a service's name in the environment is checked")
    func serviceNames() {
        #expect(
            faults("", environment: ["JETON_SERVICES_1ST_TITLE": "x"])
                == "JETON_SERVICES_1ST_TITLE: a service's name must not hold “1”: use a letter first, then a-z, 0-9 and -"
        )
    }

    @Test("a missing file is an error")
    func missing() throws {
        let fault = try #require(throws: ConfigurationFaults.self) {
            try Configuration.read(Configuration.Sources(file: "/nowhere/jeton.yaml"))
        }
        #expect(
            fault.description == "/nowhere/jeton.yaml: the file cannot be read: No such file or directory")
    }

    @Test(
        "an invalid address of a desk is refused",
        arguments: [
            "", "tokens.example.com", "ftp://example.com", "https://", "https://example.com/x", "https://a b",
            "https://user@example.com", "https://example.com:0", "https://example.com:99999", "https://-a",
            "https://example.com?x", "https://[::1", "https://a..b", "https://\"x\"",
        ])
    func badAddresses(text: String) {
        #expect(PublicURL(text) == nil)
    }

    @Test(
        "the address of a desk is kept without a trailing slash",
        arguments: [
            ("https://Tokens.Example.com/", "https://tokens.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://desk", "https://desk"),
        ])
    func goodAddresses(text: String, expected: String) {
        #expect(PublicURL(text)?.description == expected)
    }

    @Test("a server on every interface is reached by localhost")
    func everywhere() throws {
        #expect(try read("listen: 0.0.0.0:80\n").publicURL.description == "http://localhost:80")
    }

    @Test("a service takes passwords until a day, or without an end")
    func passwords() throws {
        let configuration = try read(
            """
            services:
              maven: { passwords: transition, passwords_until: 2026-12-01 }
              git:   { passwords: transition }
              api:   { passwords: refused }
              plain:
            """)
        #expect(
            configuration.services.map(\.passwords) == [
                .transition(until: Timestamp(date: "2026-12-01")), .transition(until: nil), .refused,
                .refused,
            ])
        #expect(configuration.passwordsLine == "maven (until 2026-12-01), git (no end date)")
        let set = try read(
            "services: { maven: { passwords: transition } }\n",
            environment: [
                "JETON_SERVICES_MAVEN_PASSWORDS": "refused", "JETON_SERVICES_GIT_PASSWORDS": "transition",
                "JETON_SERVICES_GIT_PASSWORDS_UNTIL": "2027-01-31",
            ])
        #expect(
            set.services.map(\.passwords) == [.refused, .transition(until: Timestamp(date: "2027-01-31"))])
    }

    @Test(
        "passwords that cannot work are an error with its place",
        arguments: [
            (
                "services:\n  git: { passwords_until: 2026-12-01, passwords: transition }\n  maven: { passwords_until: 2026-12-01 }\n",
                "jeton.yaml:3:29: `services.maven.passwords_until` has no effect without `passwords: transition`"
            ),
            (
                "services: { maven: { passwords: transition, passwords_until: 2026-02-30 } }\n",
                "jeton.yaml:1:62: `services.maven.passwords_until`: expected a day such as 2027-01-31, found “2026-02-30”"
            ),
            (
                "services: { maven: { passwords: accepted } }\n",
                "jeton.yaml:1:33: `services.maven.passwords`: expected refused or transition, found “accepted”"
            ),
            (
                "sign_in: { password_check: ldap }\n",
                "jeton.yaml:1:28: `sign_in.password_check`: expected local or oidc, found “ldap”"
            ),
            (
                "sign_in: { password_check: oidc }\n",
                "jeton.yaml:1:28: `sign_in.password_check` is `oidc`, which needs an identity provider: set `sign_in.oidc.issuer`"
            ),
            (
                "sign_in: { oidc: { issuer: https://id.example.com, client_id: jeton } }\nservices: { maven: { passwords: transition } }\n",
                "jeton.yaml:2:33: `services.maven.passwords` would accept nobody: with `sign_in.oidc`, passwords are the identity provider's, so set `sign_in.password_check: oidc`, or remove it"
            ),
        ])
    func passwordFaults(text: String, expected: String) {
        #expect(faults(text) == expected)
    }

    @Test("a service may take passwords that the provider checks")
    func providerPasswords() throws {
        let configuration = try read(
            """
            sign_in: { password_check: oidc, oidc: { issuer: https://id.example.com, client_id: jeton } }
            services: { maven: { passwords: transition } }
            """)
        #expect(configuration.signIn.passwordCheck == .oidc)
    }

    @Test("a certificate and its key make the address https")
    func tls() throws {
        let files = try TestCertificates()
        try files.make("own")
        let text = "tls: { certificate: \(files.path("own.pem")), key: \(files.path("own.key")) }\n"
        let configuration = try read(text)
        let identity = try #require(configuration.tls.identity)
        #expect(configuration.publicURL.description == "https://127.0.0.1:8080")
        let now = identity.begins + .days(1)
        #expect(configuration.warnings(at: now) == [])
        #expect(
            configuration.warnings(at: identity.expires + .days(1)).map { $0.contains("expired at") } == [
                true
            ])
        #expect(
            configuration.warnings(at: identity.begins - .days(1)).map { $0.contains("not valid before") }
                == [true])
        for (address, warning) in [
            ("https://localhost", nil), ("https://localhost:8443", nil),
            ("https://tokens.example.com:444", "is not for tokens.example.com"),
            ("https://[::1]:444", "is not for ::1"), ("http://localhost", "`public_url` is http"),
        ] as [(String, String?)] {
            let warnings = try read(text + "public_url: \"\(address)\"\n").warnings(at: now)
            #expect(warnings.count == (warning == nil ? 0 : 1), "\(address)")
            if let warning { #expect(warnings.first?.contains(warning) == true, "\(address)") }
        }
    }

    @Test("a certificate without its key, or an unusable one, is an error with its place")
    func tlsFaults() throws {
        let files = try TestCertificates()
        try files.make("own")
        try files.make("other")
        try files.write(files.bytes("own.key"), to: "open.key", mode: 0o644)
        try files.write(files.bytes("own.key"), to: "group.key", mode: 0o640)
        #expect(
            faults("tls: { certificate: a.pem }")
                == "jeton.yaml:1:21: `tls.key` is required with `tls.certificate`")
        #expect(
            faults("tls: { key: a }") == "jeton.yaml:1:13: `tls.certificate` is required with `tls.key`")
        for (certificate, key, line) in [
            (
                "none.pem", "own.key",
                "1:20: `tls.certificate` the file cannot be read: No such file or directory"
            ),
            ("own.pem", "none.key", "2:8: `tls.key` the file cannot be read: No such file or directory"),
            ("own.key", "own.key", "1:20: `tls.certificate` \(TLSFault.notACertificate)"),
            ("own.pem", "other.key", "2:8: `tls.key` \(TLSFault.mismatch)"),
            ("own.pem", "open.key", "2:8: `tls.key` everybody on this machine can read the key: chmod o= "),
            ("own.pem", "group.key", ""),
        ] {
            let text = "tls: {certificate: \(files.path(certificate)),\n  key: \(files.path(key))}\n"
            let found = faults(text)
            #expect(line.isEmpty ? found.isEmpty : found.contains(line), "\(certificate), \(key): \(found)")
        }
    }

    @Test("lists of groups that are too long for the header are refused, by their encoded bytes")
    func groupsThatDoNotFit() throws {
        func configured(_ name: String, _ count: Int) -> String {
            let names = (0..<count).map { "\"\(name)\(100 + $0)\"" }
            return "services: { git: { tell_groups: [\(names.joined(separator: ", "))] } }"
        }
        // 2048 bytes: 32 names of 63 with 31 commas are 2047.
        let name = String(repeating: "x", count: 60)
        #expect(faults(configured(name, 32)) == "")
        #expect(
            faults(configured(name, 33))
                == "jeton.yaml:1:33: `services.git.tell_groups` is too long: the names, percent-encoded and with commas between them, may have 2048 bytes"
        )
        #expect(faults(configured(String(repeating: "ü", count: 12), 26)) == "")
        #expect(faults(configured(String(repeating: "ü", count: 12), 27)).contains("is too long"))
    }

    @Test("who must approve tokens is read for all and for each service, and their groups are kept")
    func approval() throws {
        let configuration = try read(
            """
            tokens: { approval: [security] }
            services:
              git: { tokens: { approval: [ops, leads] } }
              maven: { title: Maven }
            """)
        let git = try ServiceName("git")
        #expect(
            configuration.tokenPolicy.approval
                == ApprovalRules(all: ["security"], services: [git: ["ops", "leads"]]))
        #expect(configuration.namedGroups == ["security", "ops", "leads"])
        #expect(try read("").tokenPolicy.approval == .none)
    }

    @Test("docs/configuration.md is the reference")
    func reference() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let bytes = try Files.read(root + "/docs/configuration.md", limit: 1 << 20)
        #expect(
            String(decoding: bytes, as: UTF8.self) == Configuration.reference,
            "write it anew: jeton check-config --reference > docs/configuration.md")
    }

    @Test("no two keys share a variable, and each has a reference text")
    func keys() {
        #expect(Set(ConfigurationKey.all.map(\.variable)).count == ConfigurationKey.all.count)
        for key in ConfigurationKey.all {
            #expect(key.sentence.hasSuffix(".") || key.sentence.hasSuffix("**"))
        }
    }
}

@Suite("Configuration: rules about tokens")
struct TokenRulesConfigurationTests {
    @Test("without the sections there are no rules")
    func none() throws {
        #expect(try read("services: { git: { title: Git } }\n").tokenPolicy == TokenPolicy())
    }

    @Test("every rule is read, for all services and for one")
    func rules() throws {
        let keys =
            "default_lifetime: 90d, max_lifetime: 365d, every_service: refused, addresses: required, "
            + "narrowed: required, per_person: 50, who: people, enforce_from: 2027-01-15, "
            + "idle: { warn: 30d, pause: 60d, revoke: 180d }"
        let policy = try read(
            """
            tokens: { \(keys) }
            accounts: { grace: 14d }
            services: { git: { paths: [/*/*.git], tokens: { \(keys) } } }
            """
        ).tokenPolicy
        var rules = TokenRules()
        (rules.defaultLifetime, rules.maxLifetime) = (.days(90), .days(365))
        (rules.refusesEveryService, rules.needsAddresses, rules.needsPaths) = (true, true, true)
        (rules.perPerson, rules.who) = (50, .people)
        rules.enforceFrom = Timestamp(rfc3339: "2027-01-15T00:00:00Z")
        rules.idle = IdleRules(warn: .days(30), pause: .days(60), revoke: .days(180))
        #expect(
            policy == TokenPolicy(all: rules, services: [try ServiceName("git"): rules], grace: .days(14)))
    }

    @Test("the environment sets them, too")
    func environment() throws {
        let environment = [
            "JETON_TOKENS_MAX_LIFETIME": "30d", "JETON_SERVICES_GIT_TOKENS_ADDRESSES": "required",
        ]
        let policy = try read("", environment: environment).tokenPolicy
        #expect(policy.all.maxLifetime == .days(30))
        #expect(policy.services[try ServiceName("git")]?.needsAddresses == true)
    }

    @Test(
        "rules that do not fit each other are errors",
        arguments: [
            (
                "tokens: { default_lifetime: 90d, max_lifetime: 30d }",
                "`tokens.default_lifetime` must not be longer than `tokens.max_lifetime`"
            ),
            (
                "services: { git: { tokens: { default_lifetime: 90d, max_lifetime: 30d } } }",
                "`services.git.tokens.default_lifetime` must not be longer than `services.git.tokens.max_lifetime`"
            ),
            (
                "services: { git: { tokens: { narrowed: required } } }",
                "`services.git.tokens.narrowed` is `required`, but scopes have no paths to be limited to: set `services.git.paths`"
            ),
            (
                "tokens: { idle: { warn: 90d, pause: 30d } }",
                "`tokens.idle.warn` must be shorter than `tokens.idle.pause`"
            ),
            (
                "tokens: { idle: { pause: 90d, revoke: 30d } }",
                "`tokens.idle.pause` must be shorter than `tokens.idle.revoke`"
            ),
            (
                "tokens: { idle: { warn: 90d, revoke: 30d } }",
                "`tokens.idle.warn` must be shorter than `tokens.idle.revoke`"
            ),
            (
                "services: { git: { tokens: { idle: { warn: 90d, revoke: 30d } } } }",
                "`services.git.tokens.idle.warn` must be shorter than `services.git.tokens.idle.revoke`"
            ),
            (
                "tokens: { enforce_from: 2027-01-15 }",
                "`tokens.enforce_from` has no effect without a rule beside it: set one, or remove it"
            ),
            (
                "tokens: { enforce_from: 2027-01-15, approval: [ops] }",
                "`tokens.enforce_from` has no effect without a rule beside it: set one, or remove it"
            ),
            (
                "tokens: { enforce_from: soon, addresses: required }",
                "`tokens.enforce_from`: expected a day such as 2027-01-31, found “soon”"
            ),
            (
                "tokens: { who: everybody }",
                "`tokens.who`: expected people, service-accounts or both, found “everybody”"
            ),
            ("tokens: { addresses: yes }", "`tokens.addresses`: expected optional or required, found “yes”"),
        ])
    func conflicts(text: String, sentence: String) {
        #expect(faults(text + "\n").contains(sentence))
    }

    @Test("rules that do nothing, or leave no token, are warned of")
    func warnings() throws {
        let now = Timestamp(seconds: 0)
        #expect(
            try read("tokens: { idle: { pause: 90d } }\n").warnings(at: now).first?.contains(
                "without `tokens.enforce_from`") == true)
        #expect(
            try read(
                "tokens: { addresses: required }\nservices: { svn: { saslauthd: { socket: /run/svn } } }\n"
            ).warnings(at: now).first?.contains("no token will work there") == true)
        #expect(try read("tokens: { max_lifetime: 90d }\n").warnings(at: now).isEmpty)
    }
}

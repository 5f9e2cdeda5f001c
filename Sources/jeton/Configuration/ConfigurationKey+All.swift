import HTTPServer
import Tokens

extension ConfigurationKey {
    /// Every key there is.
    static let all: [ConfigurationKey] =
        reaching + tls + keeping + postgreSQL + signingIn + identityProvider + passwords + services
        + saslauthd + dialects
        + limits + stopping + logging + metrics

    private static let reaching: [ConfigurationKey] = [
        .one(
            "listen", .endpoint, default: "127.0.0.1:8080",
            "Where the server listens. `0.0.0.0:8080` and `[::]:8080` stand for every interface."
        ) { $0.listen = $1 },
        .one(
            "public_url", .publicURL, default: "http://, with `tls` https://, and the address of `listen`",
            "The address that people reach the desk by, as it stands in links and sentences. "
                + "With https, cookies are bound to it, and browsers are told to come by nothing else (HSTS)."
        ) { $0.givenPublicURL = $1 },
        .list(
            "trusted_proxies", .addresses, default: "127.0.0.0/8, ::1",
            "The proxies in front of Jeton: only their `X-Forwarded-For` is believed, and they may open "
                + "as many connections as they like. Name no more than these: whoever else is among them "
                + "can claim any address. In YAML an IPv6 address stands in quotes."
        ) { $0.trustedProxies = $1 },
    ]

    private static let keeping: [ConfigurationKey] = [
        .one(
            "ledger", .ledger, default: "sqlite:\(LedgerLocation.fileName)",
            "Where people, tokens and their uses are kept: in one file, or in a PostgreSQL database that many "
                + "nodes share. A path that is not absolute begins at the data folder. A password does not "
                + "belong into the address: see `postgresql.password_file`."
        ) { ($0.ledger, $0.namesLedger) = ($1, true) },
        .one(
            "token_prefix", .tokenPrefix, default: TokenFormat.standard.prefix,
            "What every token begins with. **Changing it makes every token that was handed out stop working.**"
        ) { $0.tokenFormat = $1 },
    ]

    private static let signingIn: [ConfigurationKey] = [
        .one(
            "sign_in.session.idle", .span, default: "12h",
            "How long a browser stays signed in without being used."
        ) { $0.sessionIdle = $1 },
        .one(
            "sign_in.session.absolute", .span, default: "7d",
            "How long a browser stays signed in at most."
        ) { $0.sessionAbsolute = $1 },
        .one(
            "sign_in.tokens_need_sign_in_every", .span, default: "off",
            "Puts tokens to sleep whose owner has not signed in through the identity provider for so long, "
                + "and wakes them at the next sign-in. Accounts of the desk's own never sleep."
        ) { $0.signInEvery = $1 },
    ]

    private static let dialects: [ConfigurationKey] = [
        .one(
            "nuxeo.enabled", .truth, default: "false",
            "Whether Nuxeo's command line and other clients of its token authentication get a token of their "
                + "own at `/nuxeo/authentication/token`, in exchange for the one that a person gives them."
        ) { $0.speaksNuxeo = $1 }
    ]

    private static let usual = Server.Limits()

    private static let limits: [ConfigurationKey] = [
        .one(
            "limits.body", .bytes(1024...64 << 20), default: ValueParser<Int>.inUnits(usual.bodyBytes),
            "The most bytes of a request's body; more is answered with 413. Forms, and what anybody may send, have "
                + "smaller bounds of their own."
        ) { $0.limits.bodyBytes = $1 },
        .one(
            "limits.header", .bytes(4096...1 << 20), default: ValueParser<Int>.inUnits(usual.headerBytes),
            "The most bytes of a request's line and header fields; more is answered with 431."
        ) { $0.limits.headerBytes = $1 },
        .one(
            "limits.connections", .number(16...1_000_000), default: "\(usual.connections)",
            "The most connections at a time; more wait. One in eight is kept for trusted proxies."
        ) { $0.limits.connections = $1 },
        .one(
            "limits.connections_per_address", .number(1...1_000_000),
            default: "\(usual.connectionsPerAddress)",
            "The most connections at a time from one address that is no trusted proxy, or for IPv6 from one network "
                + "of 64 bits; more are closed."
        ) { $0.limits.connectionsPerAddress = $1 },
        .one(
            "limits.request_timeout", .span, default: "\(usual.requestTimeout.seconds)s",
            "How long a client may take to send a request, and again to read the answer."
        ) { $0.limits.requestTimeout = $1 },
    ]

    private static let stopping: [ConfigurationKey] = [
        .one(
            "stop.drain", .delay, default: "0s",
            "How long the server serves on after SIGTERM while `/readyz` answers 503, so that a load balancer "
                + "sends what comes to other nodes ([how long that has to be](operate/load-balancers.md))."
        ) { $0.drain = $1 }
    ]

    private static let logging: [ConfigurationKey] = [
        .one(
            "log.grants", .truth, default: "true",
            "Whether the log has a line for every grant at `/verify`, too; denials always have one."
        ) { $0.logsGrants = $1 }
    ]
}

extension ValueParser<Endpoint> {
    static let endpoint = ValueParser(
        "`ADDRESS:PORT` or `[ADDRESS]:PORT`",
        expected: "an address and a port such as 127.0.0.1:8080 or [::1]:8080", read: Endpoint.init)
}

extension ValueParser<PublicURL> {
    static let publicURL = ValueParser(
        "`https://HOST` or `http://HOST:PORT`",
        expected: "http:// or https:// with a host and no path, such as https://tokens.example.com",
        read: PublicURL.init)
}

extension ValueParser<AddressRange> {
    static let addresses = ValueParser(
        "addresses or ranges such as `10.0.0.0/8`",
        expected: "addresses or ranges such as 10.0.0.0/8 or 2001:db8::/32", read: AddressRange.init)
}

extension ValueParser<TokenFormat> {
    static let tokenPrefix = ValueParser(
        "`a-z` and `0-9`, a letter first, then `_`",
        expected: "1 to 15 of a-z and 0-9, a letter first, then _, such as acme_",
        read: { TokenFormat(prefix: $0) })
}

extension ValueParser<String> {
    static let title = ValueParser("1 to 100 characters") { (text) throws(BadValue) in
        do throws(TextFault) {
            // The same text that a person's name may be: what can be shown in a list of others.
            return try PersonName(text).text
        } catch {
            throw BadValue(error.description)
        }
    }
}

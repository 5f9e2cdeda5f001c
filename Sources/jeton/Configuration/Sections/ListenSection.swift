import HTTPServer
import Tokens

extension ConfigurationKey {
    /// `listen`, `public_url` and `trusted_proxies`: how the desk is reached.
    static let listen: [ConfigurationKey] = [
        .one(
            "listen", .endpoint, default: "127.0.0.1:8080",
            "Where the server listens. `0.0.0.0:8080` and `[::]:8080` mean every interface."
        ) { $0.listen = $1 },
        .one(
            "public_url", .publicURL, default: "http://, with `tls` https://, and the address of `listen`",
            "The address at which people reach the desk, for links and messages. "
                + "With https, cookies are sent over https alone, and browsers are told to use nothing else (HSTS)."
        ) { $0.givenPublicURL = $1 },
        .list(
            "trusted_proxies", .addresses, default: "127.0.0.0/8, ::1",
            "The proxies in front of Jeton: only their `X-Forwarded-For` is trusted, and they may open "
                + "any number of connections. List nothing else: anyone in these ranges can claim any client "
                + "address. In YAML, an IPv6 address needs quotes."
        ) { $0.trustedProxies = $1 },
    ]
}

extension ValueParser<PublicURL> {
    fileprivate static let publicURL = ValueParser(
        "`https://HOST` or `http://HOST:PORT`",
        expected: "http:// or https:// with a host and no path, such as https://tokens.example.com",
        read: PublicURL.init)
}

extension Configuration {
    /// The address at which people reach the desk, without a trailing slash.
    var publicURL: PublicURL { givenPublicURL ?? PublicURL(reaching: listen, isSecure: tls.files != nil) }

    /// Warnings about `listen`, `public_url` and `tls`, which must fit each other.
    func addressWarnings(at time: Timestamp) -> [String] {
        (tls.identity.map { secureWarnings($0, at: time) } ?? plainWarnings) + unreachableWarnings
    }

    /// With TLS.
    private func secureWarnings(_ identity: TLSIdentity, at time: Timestamp) -> [String] {
        var warnings = identity.warnings(at: time)
        if !publicURL.isSecure {
            warnings.append(
                "`public_url` is http although `tls` is set: cookies are not limited to https; make it https://"
            )
        } else if givenPublicURL != nil, !identity.covers(host: publicURL.host) {
            warnings.append(
                "the certificate in `tls.certificate` is not for \(publicURL.host), the host of `public_url`: "
                    + "browsers will refuse it; use one that is")
        }
        return warnings
    }

    /// Without TLS. A proxy may provide it: on this machine, or elsewhere if it is in `trusted_proxies`.
    private var plainWarnings: [String] {
        let hasProxyElsewhere = trustedProxies.contains { !$0.isLoopback }
        var warnings: [String] = []
        if !listen.isLoopback, !publicURL.isSecure || !hasProxyElsewhere {
            warnings.append(
                "`listen` is \(listen), and `tls` is not set: passwords and tokens cross the network unencrypted; "
                    + "listen on 127.0.0.1 behind a proxy, set `tls`, or add the proxy to `trusted_proxies` and "
                    + "use https in `public_url`")
        } else if !publicURL.isSecure, !publicURL.isLoopback {
            warnings.append(
                "`public_url` is \(publicURL): passwords and tokens cross the network unencrypted, and cookies are "
                    + "not limited to https; use TLS at the proxy, and make it https://")
        }
        if publicURL.isSecure, publicURL.port == listen.port, publicURL.isLoopback || !listen.isLoopback {
            warnings.append(
                "`public_url` is \(publicURL), but \(listen) is plain HTTP: set `tls`, or use the proxy's port"
            )
        }
        return warnings
    }

    private var unreachableWarnings: [String] {
        guard publicURL.isLoopback, !listen.isLoopback, !listen.isAnyInterface else { return [] }
        return [
            "`public_url` is \(publicURL), which only this machine reaches, but `listen` is \(listen): use the "
                + "address at which people reach it"
        ]
    }
}

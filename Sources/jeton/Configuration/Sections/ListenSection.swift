import HTTPServer
import Tokens

extension ConfigurationKey {
    /// `listen`, `public_url` and `trusted_proxies`: how the desk is reached.
    static let listen: [ConfigurationKey] = [
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
}

extension ValueForm<PublicURL> {
    fileprivate static let publicURL = ValueForm(
        "`https://HOST` or `http://HOST:PORT`",
        expected: "http:// or https:// with a host and no path, such as https://tokens.example.com",
        read: PublicURL.init)
}

extension Configuration {
    /// The address that people reach the desk by, without a slash at its end.
    var publicURL: PublicURL { givenPublicURL ?? PublicURL(reaching: listen, isSecure: tls.files != nil) }

    /// Warnings about `listen`, `public_url` and `tls`, which have to fit each other.
    func addressWarnings(at time: Timestamp) -> [String] {
        (tls.identity.map { secureWarnings($0, at: time) } ?? plainWarnings) + unreachableWarnings
    }

    /// Where the server speaks TLS itself.
    private func secureWarnings(_ identity: TLSIdentity, at time: Timestamp) -> [String] {
        var warnings = identity.warnings(at: time)
        if !publicURL.isSecure {
            warnings.append(
                "`public_url` is http, and TLS is spoken: cookies are not bound to https; let it begin with https://"
            )
        } else if givenPublicURL != nil, !identity.covers(host: publicURL.host) {
            warnings.append(
                "the certificate of `tls.certificate` is not for \(publicURL.host), the host of `public_url`: "
                    + "browsers will refuse it; name one that is")
        }
        return warnings
    }

    /// Where it speaks plain HTTP. A proxy on this machine, or one elsewhere that `trusted_proxies` names, may speak
    /// TLS for it.
    private var plainWarnings: [String] {
        let hasProxyElsewhere = trustedProxies.contains { !$0.isLoopback }
        var warnings: [String] = []
        if !listen.isLoopback, !publicURL.isSecure || !hasProxyElsewhere {
            warnings.append(
                "`listen` is \(listen), and no `tls` is set: passwords and tokens cross the network in the clear; "
                    + "listen on 127.0.0.1 behind a proxy, set `tls`, or name the proxy in `trusted_proxies` and "
                    + "let `public_url` be https")
        } else if !publicURL.isSecure, !publicURL.isLoopback {
            warnings.append(
                "`public_url` is \(publicURL): passwords and tokens cross the network in the clear, and cookies are "
                    + "not bound to https; have the proxy speak TLS, and let it begin with https://")
        }
        if publicURL.isSecure, publicURL.port == listen.port, publicURL.isLoopback || !listen.isLoopback {
            warnings.append(
                "`public_url` is \(publicURL), and \(listen) speaks plain HTTP: set `tls`, or name the proxy's port"
            )
        }
        return warnings
    }

    private var unreachableWarnings: [String] {
        guard publicURL.isLoopback, !listen.isLoopback, !listen.isAnyInterface else { return [] }
        return [
            "`public_url` is \(publicURL), this machine alone, and `listen` is \(listen): name the address that "
                + "people reach it by"
        ]
    }
}

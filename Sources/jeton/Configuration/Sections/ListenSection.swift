import HTTPServer
import Tokens

extension ConfigurationKey {
    /// `listen`, `public_url` and `trusted_proxies`: how the desk is reached.
    static let listen: [ConfigurationKey] = [
        .one(
            "listen", .listenAddress, default: "127.0.0.1:8080",
            "Where the server listens. `0.0.0.0:8080` and `[::]:8080` mean every interface. "
                + "`unix:/run/jeton/gate.sock` is a socket for proxies on this machine, each of which is trusted as "
                + "those in `trusted_proxies` are ([where it listens](operate/behind-a-proxy.md#a-unix-socket)). Its folder "
                + "must exist."
        ) { $0.listen = $1 },
        .one(
            "listen_mode", .socketMode, default: "0660",
            "The permissions of the socket of `listen`. Whoever can write to it is a trusted proxy."
        ) { $0.listenFile.mode = $1 },
        .one(
            "listen_group", .machineGroup, default: "the server's own",
            "The group that owns the socket of `listen`: the proxy's, such as `www-data`. Jeton's user must be in it."
        ) { $0.listenFile.group = $1 },
        .one(
            "public_url", .publicURL, default: "http://, with `tls` https://, and the address of `listen`",
            "The address at which people reach the desk, for links and messages. Required if `listen` is a socket. "
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
    var publicURL: PublicURL {
        // Where a socket has none, the configuration is refused.
        givenPublicURL
            ?? PublicURL(
                reaching: listen.endpoint ?? Endpoint(address: .loopback, port: 80),
                isSecure: tls.files != nil)
    }

    /// Keys that do not fit `listen`.
    var listenConflicts: [KeyConflict] {
        guard listen.path != nil else {
            return ["listen_mode", "listen_group"].filter(given.contains).map {
                KeyConflict(
                    $0, beside: "listen",
                    "is for a socket, and `listen` is \(listen): remove it, or listen at one such as "
                        + "unix:/run/jeton/gate.sock")
            }
        }
        var conflicts: [KeyConflict] = []
        if tls.files != nil {
            conflicts.append(
                KeyConflict(
                    "tls.certificate", beside: "listen",
                    "has no use at a socket, where the proxy speaks TLS with the clients: remove `tls`, or listen at an "
                        + "address and a port"))
        }
        if givenPublicURL == nil {
            conflicts.append(
                KeyConflict(
                    "public_url", beside: "listen",
                    "is required if `listen` is a socket: it is the proxy's address, such as "
                        + "https://tokens.example.com"))
        }
        return conflicts
    }

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
        let isOnNetwork = listen.endpoint.map { !$0.isLoopback } ?? false
        if isOnNetwork, !publicURL.isSecure || !hasProxyElsewhere {
            warnings.append(
                "`listen` is \(listen), and `tls` is not set: passwords and tokens cross the network unencrypted; "
                    + "listen on 127.0.0.1 behind a proxy, set `tls`, or add the proxy to `trusted_proxies` and "
                    + "use https in `public_url`")
        } else if !publicURL.isSecure, !publicURL.isLoopback {
            warnings.append(
                "`public_url` is \(publicURL): passwords and tokens cross the network unencrypted, and cookies are "
                    + "not limited to https; use TLS at the proxy, and make it https://")
        }
        if publicURL.isSecure, let endpoint = listen.endpoint, publicURL.port == endpoint.port,
            publicURL.isLoopback || isOnNetwork
        {
            warnings.append(
                "`public_url` is \(publicURL), but \(listen) is plain HTTP: set `tls`, or use the proxy's port"
            )
        }
        return warnings
    }

    private var unreachableWarnings: [String] {
        guard publicURL.isLoopback, let endpoint = listen.endpoint, !endpoint.isLoopback,
            !endpoint.isAnyInterface
        else { return [] }
        return [
            "`public_url` is \(publicURL), which only this machine reaches, but `listen` is \(listen): use the "
                + "address at which people reach it"
        ]
    }

    /// Why the socket could not be created now, for `jeton check-config`: systemd may create the folder at the start.
    var socketWarnings: [String] {
        guard let path = listen.path, !Files.exists(path), let slash = path.lastIndex(of: "/") else {
            return []
        }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        if !Files.exists(folder) {
            return [
                "`listen` is \(listen), and there is no folder \(folder): create it, unless systemd does so at the "
                    + "start (RuntimeDirectory=)"
            ]
        }
        return Files.isWritable(folder)
            ? []
            : [
                "`listen` is \(listen), and this user may not create files in \(folder): let the server's user do so"
            ]
    }
}

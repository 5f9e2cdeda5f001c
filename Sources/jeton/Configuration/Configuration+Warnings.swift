import HTTPServer
import Tokens

extension Configuration {
    /// What is not wrong enough to refuse, but will not do as it was meant: a sentence each.
    func warnings(at time: Timestamp) -> [String] {
        let address = identity.map { secureWarnings($0, at: time) } ?? plainWarnings
        return address + unreachableWarnings + passwordWarnings(at: time)
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

    private func passwordWarnings(at time: Timestamp) -> [String] {
        serviceDrafts.compactMap { draft in
            guard draft.takesPasswords, let until = draft.passwordsUntil, until <= time else { return nil }
            return
                "`services.\(draft.name).passwords_until` is \(until.date), which is over: passwords are refused "
                + "there; leave it out together with `passwords`, or name a later day"
        }
    }
}

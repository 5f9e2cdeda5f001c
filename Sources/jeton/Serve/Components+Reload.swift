import HTTPServer
import Tokens

extension Components {
    /// Reads the certificate and its key anew and shows them to who connects to `server` from now on.
    /// Where they are no good the server keeps what it has.
    func reload(into server: Server) {
        guard let files = configuration.tls else {
            return report("SIGHUP: there is no `tls`, and nothing else is read anew; start the server again")
        }
        do throws(TLSFiles.Fault) {
            let identity = try files.load()
            server.present(identity)
            report("SIGHUP: the certificate was read anew, and is valid until \(identity.expires.rfc3339)")
            for warning in identity.warnings(at: clock.now) { report("warning: \(warning)") }
        } catch {
            report("SIGHUP: the certificate stays as it was: `\(error.key)` \(error.sentence)")
        }
    }
}

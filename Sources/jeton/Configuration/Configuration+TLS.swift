import HTTPServer
import Tokens

extension Configuration {
    /// The certificate and its key as far as they were written.
    struct TLSDraft: Hashable, Sendable {
        var certificate: String?
        var key: String?
    }

    /// Where TLS is spoken: the files of the certificate and its key.
    var tls: TLSFiles? {
        guard let certificate = tlsDraft.certificate, let key = tlsDraft.key else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }

    /// Reads the certificate and its key; what is wrong with them otherwise.
    mutating func loadIdentity() -> TLSFiles.Fault? {
        switch (tlsDraft.certificate, tlsDraft.key) {
        case (nil, nil): return nil
        case (_, nil): return .init(key: "tls.key", sentence: "must be given with `tls.certificate`")
        case (nil, _): return .init(key: "tls.certificate", sentence: "must be given with `tls.key`")
        default: break
        }
        do throws(TLSFiles.Fault) {
            identity = try tls?.load()
            return nil
        } catch {
            return error
        }
    }
}

extension TLSIdentity {
    /// What clients will not like of it at that time: a sentence each.
    func warnings(at time: Timestamp) -> [String] {
        if expires <= time {
            return ["the certificate of `tls.certificate` expired at \(expires.rfc3339): put a new one there"]
        }
        if begins > time {
            let start = begins.rfc3339
            return ["the certificate of `tls.certificate` is not valid before \(start): look at the clock"]
        }
        return []
    }
}

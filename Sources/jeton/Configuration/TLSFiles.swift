import HTTPServer

/// The files of the certificate and its key, as they are named in the configuration.
struct TLSFiles: Hashable, Sendable {
    /// The certificate's path, and behind it those that certify it.
    let certificate: String
    /// The private key's path.
    let key: String

    /// Why they cannot be used: the key of the configuration, and the sentence behind it.
    struct Fault: Error, Hashable, Sendable {
        let key: String
        let sentence: String
    }

    /// The most bytes of either file.
    private static let limit = 1 << 20

    /// What both hold now.
    func load() throws(Fault) -> TLSIdentity {
        let chain = try read(certificate, as: "tls.certificate")
        let secret = try read(key, as: "tls.key")
        try refuseOpenKey()
        do throws(TLSFault) {
            return try TLSIdentity(certificate: chain, key: secret)
        } catch {
            throw Fault(key: error.isOfKey ? "tls.key" : "tls.certificate", sentence: "\(error)")
        }
    }

    private func read(_ path: String, as key: String) throws(Fault) -> [UInt8] {
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes = try Files.read(path, limit: Self.limit)
        } catch {
            throw Fault(key: key, sentence: "the file cannot be read: \(error.reason)")
        }
        guard bytes.count <= Self.limit else {
            throw Fault(key: key, sentence: "the file has more than 1MiB: name the right one")
        }
        return bytes
    }

    /// A group may read the key, as Debian's `ssl-cert` does those in /etc/ssl/private; everybody must not.
    private func refuseOpenKey() throws(Fault) {
        guard let known = try? Files.permissions(of: key), known.mode & 0o007 != 0 else { return }
        throw Fault(key: "tls.key", sentence: "everybody on this machine may use the key: chmod o= \(key)")
    }
}

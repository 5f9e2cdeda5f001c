import HTTPServer
import Tokens

/// `tls`: the certificate and its key, where the server speaks TLS without a proxy in front.
struct TLSSection: Sendable {
    /// The path of each, as it was written.
    fileprivate(set) var certificate: String?
    fileprivate(set) var key: String?
    /// What the files held when the configuration was read; `nil` for plain HTTP.
    private(set) var identity: TLSIdentity?

    /// Both files; `nil` for plain HTTP.
    var files: TLSFiles? {
        guard let certificate, let key else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }

    /// Reads both files. Returns what is wrong with them.
    mutating func loadIdentity() -> KeyConflict? {
        switch (certificate, key) {
        case (nil, nil): return nil
        case (_, nil):
            return KeyConflict("tls.key", beside: "tls.certificate", "is required with `tls.certificate`")
        case (nil, _):
            return KeyConflict("tls.certificate", beside: "tls.key", "is required with `tls.key`")
        default: break
        }
        do throws(TLSFileFault) {
            identity = try files?.load()
            return nil
        } catch {
            return KeyConflict(error.key, error.sentence)
        }
    }
}

extension ConfigurationKey {
    static let tls: [ConfigurationKey] = [
        .one(
            "tls.certificate", .path, default: "none: plain HTTP",
            "The file with the server's certificate in PEM, followed by its intermediate certificates, for TLS "
                + "without a proxy. SIGHUP reloads it ([TLS without a proxy](operate/tls.md))."
        ) { $0.tls.certificate = $1 },
        .one(
            "tls.key", .path, default: "none: plain HTTP",
            "The file with the certificate's private key in PEM, without a password, and not readable by everybody."
        ) { $0.tls.key = $1 },
    ]
}

/// The files of the certificate and its key.
struct TLSFiles: Hashable, Sendable {
    /// The path of the certificate, which its intermediates follow in the file.
    let certificate: String
    /// The path of the private key.
    let key: String

    /// The most bytes of either file.
    private static let limit = 1 << 20

    /// What both hold now.
    func load() throws(TLSFileFault) -> TLSIdentity {
        let chain = try read(certificate, as: "tls.certificate")
        let secret = try read(key, as: "tls.key")
        try refuseOpenKey()
        do throws(TLSFault) {
            return try TLSIdentity(certificate: chain, key: secret)
        } catch {
            throw TLSFileFault(key: error.isOfKey ? "tls.key" : "tls.certificate", sentence: "\(error)")
        }
    }

    private func read(_ path: String, as key: String) throws(TLSFileFault) -> [UInt8] {
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes = try Files.read(path, limit: Self.limit)
        } catch {
            throw TLSFileFault(key: key, sentence: "the file cannot be read: \(error.reason)")
        }
        guard bytes.count <= Self.limit else {
            throw TLSFileFault(key: key, sentence: "the file is larger than 1MiB: name the right one")
        }
        return bytes
    }

    /// A group may read the key (as Debian's `ssl-cert` does those in /etc/ssl/private), but not everybody.
    private func refuseOpenKey() throws(TLSFileFault) {
        guard let known = try? Files.permissions(of: key), known.mode & 0o007 != 0 else { return }
        throw TLSFileFault(
            key: "tls.key", sentence: "everybody on this machine can read the key: chmod o= \(key)")
    }
}

/// Why the files of the certificate and its key cannot be used.
struct TLSFileFault: Error, Hashable, Sendable {
    /// The key of the configuration: `tls.key`.
    let key: String
    /// What is wrong, as the rest of a sentence that begins with the key.
    let sentence: String
}

extension TLSIdentity {
    /// Why clients will refuse it at that time: a sentence each.
    func warnings(at time: Timestamp) -> [String] {
        if expires <= time {
            return ["the certificate in `tls.certificate` expired at \(expires.rfc3339): replace it"]
        }
        if begins > time {
            let start = begins.rfc3339
            return ["the certificate in `tls.certificate` is not valid before \(start): check the clock"]
        }
        return []
    }
}

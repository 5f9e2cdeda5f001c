import HTTPServer
import TestHouse
import Testing
import Tokens

@Suite("A certificate and its key")
struct TLSIdentityTests {
    private let files: TestCertificates

    init() throws {
        files = try TestCertificates()
        try files.make("own")
    }

    private func fault(_ certificate: String, _ key: String) throws -> TLSFault? {
        do throws(TLSFault) {
            let (chain, secret) = (try? files.bytes(certificate), try? files.bytes(key))
            _ = try TLSIdentity(certificate: chain ?? [], key: secret ?? [])
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "keys of every kind that TLS 1.3 knows, in each form that openssl writes",
        arguments: ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384", "ed25519"])
    func kinds(kind: String) throws {
        try files.make("kind", key: kind)
        #expect(try fault("kind.pem", "kind.key") == nil)
        if !kind.hasPrefix("ed") {
            try files.openssl("pkey -in kind.key -traditional -out older.key")
            #expect(try fault("kind.pem", "older.key") == nil)
        }
    }

    @Test("what is no pair is refused, and says which of the two is wrong")
    func refused() throws {
        try files.make("other")
        try files.openssl("pkey -in own.key -aes128 -passout pass:secret -out sealed.key")
        try files.openssl("x509 -in own.pem -outform DER -out own.der")
        try files.openssl("dsaparam -genkey -noout -out dsa.key 2048")
        try files.write(
            Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8), to: "bad.pem")
        try files.write(files.bytes("own.pem") + files.bytes("other.pem"), to: "no-chain.pem")
        for (certificate, key, expected) in [
            ("none", "own.key", TLSFault.notACertificate), ("own.key", "own.key", .notACertificate),
            ("bad.pem", "own.key", .notACertificate), ("own.der", "own.key", .notACertificate),
            ("no-chain.pem", "own.key", .noChain), ("own.pem", "none", .notAKey),
            ("own.pem", "own.pem", .notAKey), ("own.pem", "sealed.key", .encryptedKey),
            ("own.pem", "other.key", .mismatch), ("own.pem", "dsa.key", .unusableKey),
        ] {
            let found = try fault(certificate, key)
            #expect(found == expected, "\(certificate) with \(key)")
            #expect(
                found?.isOfKey == ["none", "own.pem", "sealed.key", "other.key", "dsa.key"].contains(key))
        }
    }

    @Test("a chain is taken in whatever order its signers stand behind the first")
    func chain() throws {
        try files.make("root")
        try files.write(Array("basicConstraints=critical,CA:TRUE\n".utf8), to: "ca")
        for (name, signer) in [("upper", "root"), ("lower", "upper"), ("leaf", "lower")] {
            try files.openssl(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) "
                    + "-keyout \(name).key -out \(name).csr")
            try files.openssl(
                "x509 -req -in \(name).csr -CA \(signer).pem -CAkey \(signer).key -CAcreateserial -days 3 "
                    + "-extfile ca -out \(name).pem")
        }
        let rest = [["lower", "upper"], ["upper", "lower"]]
        for order in rest {
            let bytes = try (["leaf"] + order).flatMap { try files.bytes("\($0).pem") }
            try files.write(bytes, to: "chain.pem")
            #expect(try fault("chain.pem", "leaf.key") == nil, "\(order)")
        }
        #expect(try fault("chain.pem", "lower.key") == .mismatch)
    }

    @Test("whom it is for", arguments: [("localhost", true), ("127.0.0.1", true), ("example.com", false)])
    func hosts(host: String, isCovered: Bool) throws {
        let identity = try TLSIdentity(certificate: files.bytes("own.pem"), key: files.bytes("own.key"))
        #expect(identity.covers(host: host) == isCovered)
        let life: TimeSpan = identity.expires - identity.begins
        #expect(life == .days(7))
    }
}

import Foundation

/// A folder with certificates and keys that openssl makes, gone with it.
public final class TestCertificates: Sendable {
    /// The folder.
    public let folder: String

    /// An empty folder.
    public init() throws {
        folder = NSTemporaryDirectory() + "jeton-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The path of a file in it.
    public func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// What a file in it holds.
    public func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// Writes a file, for its owner alone or as the mode says.
    public func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    /// Runs `openssl` with those arguments, separated by spaces, in the folder.
    public func openssl(_ arguments: String) throws {
        let arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        guard try Program.run(arguments, in: folder) == 0 else { throw CocoaError(.executableLoad) }
    }

    /// Makes `NAME.pem` and `NAME.key`, which certify themselves for 127.0.0.1 and localhost.
    public func make(_ name: String, key: String = "ec -pkeyopt ec_paramgen_curve:P-256") throws {
        try openssl(
            "req -x509 -newkey \(key) -nodes -days 7 -subj /CN=localhost "
                + "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout \(name).key -out \(name).pem")
        try write(bytes("\(name).key"), to: "\(name).key")
    }
}

import SignIn
import Tokens

/// A file that holds one secret alone, on one line.
enum SecretFile {
    /// The most bytes of such a file.
    private static let limit = 4096

    /// The secret, without the end of its line.
    static func read(_ path: String) throws(BadValue) -> String {
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes = try Files.read(path, limit: limit)
        } catch {
            throw BadValue("the file cannot be read: \(error.reason)")
        }
        var secret = String(decoding: bytes, as: UTF8.self)
        while secret.last?.isNewline == true { secret.removeLast() }
        guard !secret.isEmpty, bytes.count <= limit, !secret.contains(where: \.isNewline) else {
            throw BadValue("the file must hold the secret alone, on one line")
        }
        return secret
    }
}

extension ValueParser<ClientSecret> {
    static let secretFile = ValueParser("the path of a file") { (path) throws(BadValue) in
        ClientSecret(try SecretFile.read(path))
    }
}

extension ValueParser<ServiceSecret> {
    static let serviceSecret = ValueParser("the path of a file") { (path) throws(BadValue) in
        guard let secret = ServiceSecret(try SecretFile.read(path)) else {
            throw BadValue(
                "the secret must have at least \(ServiceSecret.leastLength) characters: "
                    + "make one with `openssl rand -hex 32`")
        }
        return secret
    }
}

import Foundation
import Testing
import Tokens

@testable import jeton

@Suite("services.NAME.secret_file")
struct ServiceSecretTests {
    /// What the configuration says of a secret file that holds `text`.
    private func read(_ text: String) throws -> Result<Configuration, ConfigurationFaults> {
        let path = FileManager.default.temporaryDirectory.appending(path: "jeton-secret-\(UUID())").path
        try Files.write(Array(text.utf8), to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = ConfigurationReader()
        reader.read(file: "jeton.yaml", Array("services: { maven: { secret_file: \(path) }, git: }\n".utf8))
        return Result { () throws(ConfigurationFaults) in try reader.finish() }
    }

    @Test("is read without the end of its line, and prints as nothing")
    func good() throws {
        let configuration = try read("0123456789abcdef \n").get()
        let maven = try ServiceName("maven")
        #expect(configuration.secrets.keys.map(\.text) == ["maven"])
        #expect(configuration.secrets[maven]?.matches("0123456789abcdef ") == true)
        #expect(configuration.secrets[maven]?.matches("0123456789abcdef") == false)
        #expect(!"\(configuration.serviceSections) \(configuration.secrets)".contains("0123456789"))
    }

    @Test(
        "what is no such secret is refused, with what to do",
        arguments: [
            (
                "0123456789abcde\n",
                "the secret must have at least 16 characters: create one with `openssl rand -hex 32`"
            ),
            ("", "the file must contain only the secret, on one line"),
            ("0123456789abcdef\n0123456789abcdef\n", "the file must contain only the secret, on one line"),
        ])
    func bad(_ text: String, _ sentence: String) throws {
        guard case .failure(let faults) = try read(text) else {
            Issue.record("this was taken")
            return
        }
        #expect(
            faults.all.map(\.description) == ["jeton.yaml:1:35: `services.maven.secret_file`: \(sentence)"])
    }
}

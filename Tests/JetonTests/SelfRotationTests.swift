import Foundation
import Testing

@testable import jeton

@Suite("A token that rotates itself")
final class SelfRotationTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "jeton-rotate-\(UUID())").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "a secret is one word with nothing else around it",
        arguments: [
            ("jtn_abc", "jtn_abc"), ("jtn_abc\n", "jtn_abc"), (" jtn_abc\r\n", "jtn_abc"), ("", nil),
            ("\n", nil),
            ("a b", nil), ("TOKEN=a\nb", nil), ("é", nil), ("a\u{0}b", nil),
            (String(repeating: "a", count: 4097), nil),
        ] as [(String, String?)])
    func secrets(held: String, secret: String?) {
        #expect(SelfRotation.secret(in: Array(held.utf8)) == secret)
    }

    @Test(
        "an overlap is none, a time up to a week, or until everything has moved",
        arguments: [
            ("none", RotationOverlap.seconds(0)), ("1h", .seconds(3600)), ("24h", .seconds(86_400)),
            ("7d", .seconds(604_800)), ("90s", .seconds(90)), ("until-moved", .untilMoved),
        ])
    func overlaps(text: String, overlap: RotationOverlap) throws {
        #expect(try RotationOverlap(text) == overlap)
    }

    @Test("and nothing else", arguments: ["", "0s", "8d", "-1h", "moved", "3600", "1y"])
    func badOverlaps(text: String) {
        #expect(throws: CommandFailure.self) { try RotationOverlap(text) }
    }

    @Test("a draft takes the place of the file in one step, and its owner alone can read it")
    func draft() throws {
        let path = folder + "/token"
        try Data("old\n".utf8).write(to: URL(filePath: path))
        chmod(path, 0o644)
        let draft = try #require(try SecretDraft.open(for: path))
        #expect(try draft.contents().isEmpty)
        try draft.write(Array("new\n".utf8))
        #expect(text(path) == "old\n" && text(path + ".new") == "new\n")
        #expect(try Files.permissions(of: path + ".new")?.mode == 0o600)
        try draft.commit()
        #expect(text(path) == "new\n" && text(path + ".new") == nil)
        #expect(try Files.permissions(of: path)?.mode == 0o600)
    }

    @Test("one process at a time has a draft open, and the next finds what it left", .timeLimit(.minutes(1)))
    func left() async throws {
        let path = folder + "/token"
        do {
            let draft = try #require(try SecretDraft.open(for: path))
            try draft.write(Array("a longer secret\n".utf8))
            #expect(try SecretDraft.open(for: path) == nil)
        }
        chmod(path + ".new", 0o644)
        // A process that another test starts has the lock, too, until it runs its program.
        var again: SecretDraft?
        while again == nil {
            again = try SecretDraft.open(for: path)
            await Task.yield()
        }
        let draft = try #require(again)
        #expect(String(decoding: try draft.contents(), as: UTF8.self) == "a longer secret\n")
        #expect(try Files.permissions(of: path + ".new")?.mode == 0o600)
        try draft.write(Array("short\n".utf8))
        #expect(text(path + ".new") == "short\n")
        draft.discard()
        #expect(text(path + ".new") == nil && text(path) == nil)
    }

    @Test("a draft that is a link is not followed")
    func link() throws {
        let path = folder + "/token"
        try Data("other\n".utf8).write(to: URL(filePath: folder + "/other"))
        try FileManager.default.createSymbolicLink(
            atPath: path + ".new", withDestinationPath: folder + "/other")
        #expect(throws: Files.Fault.self) { try SecretDraft.open(for: path) }
        #expect(text(folder + "/other") == "other\n")
    }

    @Test(
        "a command gets its input and gives its exit code",
        arguments: [
            ("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("test \"$(cat)\" = secret", 0), ("true", 0),
        ]
            as [(String, Int32)])
    func commands(command: String, code: Int32) throws {
        ProcessSettings.ignoreClosedPipes()
        #expect(try ChildProcess.run(command, input: Array("secret".utf8)) == code)
    }
}

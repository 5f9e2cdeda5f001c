import Foundation
import Testing

@testable import jeton

@Suite("The lock on a ledger")
struct LedgerLockTests {
    private static let table = """
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        61 22 0:52 / /srv/shared rw,relatime shared:33 - nfs4 files.example.com:/srv rw,vers=4.2
        62 22 0:53 / /mnt/with\\040-\\040dashes rw - cifs //files/share rw
        63 22 0:54 / /mnt rw,relatime - fuse.sshfs nfs4 rw
        """

    @Test(
        "a network file system is recognised by its number",
        arguments: [
            (0, 52, true), (0, 53, true), (0, 54, false), (8, 1, false), (8, 2, false), (0, 5, false),
        ] as [(UInt64, UInt64, Bool)])
    func shared(major: UInt64, minor: UInt64, isShared: Bool) {
        #expect(FileSystem.isShared(major << 8 | minor, in: Self.table) == isShared)
    }

    @Test("the lock is on the file, whatever its name, and ends with its holder")
    func names() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jeton-lock-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (file, link, other) = (folder + "/ledger.db", folder + "/link.db", folder + "/other.db")
        #expect(throws: CommandFailure.failed("cannot open the ledger \(file): No such file or directory")) {
            try LedgerLock.take(file)
        }
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        var lock = try #require(try LedgerLock.take(file, creates: true))
        try lock.expectSafe()
        #expect(try Files.permissions(of: file)?.mode == 0o600)
        #expect(try LedgerLock.take(link) == nil)
        try FileManager.default.linkItem(atPath: file, toPath: other)
        #expect(try LedgerLock.take(other) == nil)
        #expect(throws: CommandFailure.self) { try LedgerLock.take(folder + "/none.db") }
        lock = try #require(try LedgerLock.take(folder + "/unrelated.db", creates: true))
        let again = try #require(try LedgerLock.take(link))
        #expect(again.path.hasSuffix("/ledger.db"))
        #expect(throws: CommandFailure.self) { try again.expectSafe() }
        withExtendedLifetime(lock) {}
    }
}

import Glibc

/// A file with one secret, which is replaced as a whole: who reads it gets the former secret or the new one.
///
/// The new secret is first kept in a draft beside it, `FILE.new`, so that an interrupted change can be finished. Both
/// can be read by their owner alone.
///
/// `@unchecked Sendable` is true because the descriptor never changes and only one task uses a draft.
final class SecretDraft: @unchecked Sendable {
    /// The file that is replaced; where the path is a link, what it points to.
    let path: String
    private let file: Int32

    /// The draft's path.
    var draftPath: String { path + ".new" }

    /// The most bytes of a secret with what surrounds it.
    static let limit = 4096

    private init(path: String, file: Int32) {
        self.path = path
        self.file = file
    }

    deinit {
        close(file)
    }

    /// Opens or creates the draft of the file at `path`. Returns `nil` if another process has it open.
    static func open(for path: String) throws(Files.Fault) -> SecretDraft? {
        let path = target(of: path)
        while true {
            let file = Glibc.open(path + ".new", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw .last }
            let draft = SecretDraft(path: path, file: file)
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw .last }
                return nil
            }
            guard fchmod(file, 0o600) == 0 else { throw .last }
            // Whoever had it open before may have put it into place.
            if try draft.isInPlace() {
                try draft.takeOwner()
                return draft
            }
        }
    }

    /// What an interrupted change left in the draft; empty if it is new.
    func contents() throws(Files.Fault) -> [UInt8] {
        guard lseek(file, 0, SEEK_SET) == 0 else { throw .last }
        return try Files.read(file, limit: Self.limit)
    }

    /// Writes the draft, and synchronises it to the disk.
    func write(_ bytes: [UInt8]) throws(Files.Fault) {
        guard lseek(file, 0, SEEK_SET) == 0, ftruncate(file, 0) == 0 else { throw .last }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw .last }
        guard fsync(file) == 0 else { throw .last }
        try synchroniseFolder()
    }

    /// Puts the draft into the place of the file.
    func commit() throws(Files.Fault) {
        guard rename(draftPath, path) == 0 else { throw .last }
        try synchroniseFolder()
    }

    /// Removes the draft.
    func discard() {
        unlink(draftPath)
    }

    /// Whether the draft's path still names the open file.
    private func isInPlace() throws(Files.Fault) -> Bool {
        var (open, named) = (stat(), stat())
        guard fstat(file, &open) == 0 else { throw .last }
        guard lstat(draftPath, &named) == 0 else {
            guard errno == ENOENT else { throw .last }
            return false
        }
        return open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    /// Gives the draft the owner of the file that it will replace, where root rotates another user's token.
    private func takeOwner() throws(Files.Fault) {
        var (open, former) = (stat(), stat())
        guard stat(path, &former) == 0, fstat(file, &open) == 0, open.st_uid != former.st_uid else { return }
        guard fchown(file, former.st_uid, former.st_gid) == 0 else { throw .last }
    }

    private func synchroniseFolder() throws(Files.Fault) {
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .last }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw .last }
    }

    private static func target(of path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}

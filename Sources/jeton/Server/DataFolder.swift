import Sodium

/// The folder with all of Jeton's state, which only its owner can read.
struct DataFolder: Sendable {
    let path: String

    /// The socket at which the running server answers the command line.
    var socket: String { "\(path)/jeton.sock" }
    private var lockFile: String { "\(path)/jeton.lock" }
    private var keyFile: String { "\(path)/jeton.key" }

    init(_ path: String) {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = path
    }

    /// Creates the folder if there is none. Refuses one that belongs to another user, or that others can write to.
    func prepare() throws(CommandFailure) {
        let permissions = try attempt("cannot create the folder \(path)") { () throws(Files.Fault) in
            try Files.makeFolder(path)
            return try Files.permissions(of: path)
        }
        guard let permissions, permissions.isFolder else {
            throw .failed("\(path) is not a folder: name another one with --data")
        }
        guard permissions.owner == ProcessSettings.user else {
            throw .failed(
                "\(path) belongs to another user: run this command as that user, or name another folder with --data"
            )
        }
        guard permissions.mode & 0o022 == 0 else {
            throw .failed("other users can write to \(path): chmod 700 \(path)")
        }
    }

    /// Whether the folder belongs to the user of this process.
    func isOurs() throws(CommandFailure) -> Bool {
        try attempt("cannot read \(path)") { () throws(Files.Fault) in
            try Files.permissions(of: path)?.owner == ProcessSettings.user
        }
    }

    /// The lock on the folder; `nil` if another process holds it.
    func lock() throws(CommandFailure) -> FileLock? {
        try attempt("cannot lock \(lockFile)") { () throws(Files.Fault) in try FileLock.take(lockFile) }
    }

    /// Like ``lock()``, but creates no lock file, so that a folder named by mistake stays as it is. A folder without a
    /// lock file is free.
    func lockIfServed() throws(CommandFailure) -> (isFree: Bool, lock: FileLock?) {
        guard Files.exists(lockFile) else { return (true, nil) }
        let lock = try lock()
        return (lock != nil, lock)
    }

    /// The key that authenticates forms and remembered browsers. Creates it if there is none.
    func key() throws(CommandFailure) -> KeyedHash {
        let permissions = try attempt("cannot read \(keyFile)") { () throws(Files.Fault) in
            try Files.permissions(of: keyFile)
        }
        if let permissions {
            guard permissions.mode & 0o077 == 0 else {
                throw .failed("other users can read \(keyFile): chmod 600 \(keyFile)")
            }
        } else {
            try attempt("cannot write \(keyFile)") { () throws(Files.Fault) in
                try Files.write(Sodium.randomBytes(count: KeyedHash.keyLength), to: keyFile)
            }
        }
        let bytes = try attempt("cannot read \(keyFile)") { () throws(Files.Fault) in
            try Files.read(keyFile, limit: KeyedHash.keyLength)
        }
        guard let key = KeyedHash(key: bytes) else {
            throw .failed(
                "\(keyFile) must have \(KeyedHash.keyLength) bytes: restore it, or remove it to have a new one "
                    + "created (open pages must then be reloaded)")
        }
        return key
    }

    @discardableResult
    private func attempt<Value>(
        _ what: String, _ work: () throws(Files.Fault) -> Value
    ) throws(CommandFailure) -> Value {
        do {
            return try work()
        } catch {
            throw .failed("\(what): \(error.reason)")
        }
    }
}

import Sodium

/// The folder that holds all of Jeton's state, for its owner alone.
struct DataFolder: Sendable {
    /// The folder's path.
    let path: String

    /// Where the running server answers the command line.
    var socket: String { "\(path)/jeton.sock" }
    private var lockFile: String { "\(path)/jeton.lock" }
    private var keyFile: String { "\(path)/jeton.key" }

    init(_ path: String) {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = path
    }

    /// Makes the folder where there is none, and refuses one that others may write to.
    func prepare() throws(CommandFailure) {
        let permissions = try attempt("cannot make the folder \(path)") { () throws(Files.Fault) in
            try Files.makeFolder(path)
            return try Files.permissions(of: path)
        }
        guard let permissions, permissions.isFolder else {
            throw .failed("\(path) is no folder: name another with --data")
        }
        guard permissions.owner == ProcessSettings.user else {
            throw .failed(
                "\(path) belongs to another user: run this as that user, or name another folder with --data")
        }
        guard permissions.mode & 0o022 == 0 else {
            throw .failed("others may write to \(path): chmod 700 \(path)")
        }
    }

    /// Whether the folder belongs to the user that this process acts as.
    func isOurs() throws(CommandFailure) -> Bool {
        try attempt("cannot look at \(path)") { () throws(Files.Fault) in
            try Files.permissions(of: path)?.owner == ProcessSettings.user
        }
    }

    /// The lock on the folder; `nil` where another process holds it.
    func lock() throws(CommandFailure) -> FileLock? {
        try attempt("cannot lock \(lockFile)") { () throws(Files.Fault) in try FileLock.take(lockFile) }
    }

    /// As ``lock()``, where a server or a command ever made one, so that a wrong folder is left as it is; there is
    /// nobody to keep out of that.
    func lockIfServed() throws(CommandFailure) -> (isFree: Bool, lock: FileLock?) {
        guard Files.exists(lockFile) else { return (true, nil) }
        let lock = try lock()
        return (lock != nil, lock)
    }

    /// The key that proves forms and remembered browsers, which is made where there is none.
    func key() throws(CommandFailure) -> KeyedHash {
        let permissions = try attempt("cannot read \(keyFile)") { () throws(Files.Fault) in
            try Files.permissions(of: keyFile)
        }
        if let permissions {
            guard permissions.mode & 0o077 == 0 else {
                throw .failed("others may read \(keyFile): chmod 600 \(keyFile)")
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
                "\(keyFile) must hold \(KeyedHash.keyLength) bytes: put the right file back, or remove it "
                    + "and let a new one be made (open pages then have to be loaded again)")
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

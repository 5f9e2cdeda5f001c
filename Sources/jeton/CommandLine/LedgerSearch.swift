import Curl
import Ledger
import SQLLedger

/// Finds the process that can carry out a command: the server that has the ledger open, on whatever data folder, or
/// else this process.
struct LedgerSearch: Sendable {
    let data: DataFolder
    let configuration: Configuration
    /// Whether to create the ledger if there is none.
    let createsLedger: Bool

    /// The result of a search.
    enum Found: Sendable {
        /// No process has it open; this one now holds both locks, until these values are released.
        case here(folder: FileLock, ledger: LedgerLock?)
        /// A server answers at this socket.
        case server(socket: String)
        /// Another process has it open and cannot be asked: a starting or stopping server, or another command. It
        /// is worth trying again shortly.
        case busy(CommandFailure)
    }

    private var file: String? { configuration.ledger.path(in: data.path) }

    /// Searches once.
    func look() async throws(CommandFailure) -> Found {
        guard Files.exists(data.path) else { return try await lookAtLedger(folder: nil) }
        // Files that this process created in another user's folder would be unreadable for its server.
        guard try data.isOurs() else { return try await askFolder(isOurs: false) }
        let folder = try data.lockIfServed()
        guard folder.isFree else { return try await askFolder(isOurs: true) }
        return try await lookAtLedger(folder: folder.lock)
    }

    // MARK: By the data folder

    /// The data folder is in use. Its server is the right one unless the configuration names another ledger than the
    /// server has open.
    private func askFolder(isOurs: Bool) async throws(CommandFailure) -> Found {
        guard configuration.namesLedger else {
            if isOurs || Files.exists(data.socket) { return .server(socket: data.socket) }
            throw Self.otherUser(data)
        }
        let name: LedgerName
        if let file {
            guard let identity = try identity(of: file) else { throw missing(file) }
            name = .file("\(identity)")
        } else {
            name = .database
        }
        do throws(HTTPClientError) {
            if try await name.ask(at: data.socket) != .other { return .server(socket: data.socket) }
        } catch {
            guard isOurs else { throw Self.otherUser(data) }
            return .busy(Self.silent(data.path, data.socket, error))
        }
        if let file, try LedgerLock.take(file) == nil { return try await askHolder(of: file) }
        throw .failed(
            "the server on \(data.path) uses another ledger than the configuration names: name the data folder of "
                + "that ledger's server with --data, or leave out the configuration")
    }

    static func otherUser(_ data: DataFolder) -> CommandFailure {
        .failed(
            "no server can be reached at \(data.path), which belongs to another user: run this command as that user"
        )
    }

    /// A process that uses `what` does not answer.
    static func silent(_ what: String, _ socket: String, _ error: HTTPClientError) -> CommandFailure {
        .failed(
            "another jeton process uses \(what), but does not answer at \(socket): \(error); restart it")
    }

    // MARK: By the ledger

    /// The data folder is free; `folder` is the lock on it, if the folder exists.
    private func lookAtLedger(folder: FileLock?) async throws(CommandFailure) -> Found {
        guard let file else {
            // A database may be used from several machines.
            try data.prepare()
            return try here(folder, nil)
        }
        if try identity(of: file) == nil {
            guard createsLedger else { throw missing(file) }
            try data.prepare()
        }
        guard let ledger = try LedgerLock.take(file, creates: createsLedger) else {
            return try await askHolder(of: file)
        }
        guard Files.exists(data.path) else {
            throw .failed(
                "there is no data folder \(data.path): name the right one with --data or JETON_DATA")
        }
        try data.prepare()
        try ledger.expectSafe()
        return try here(folder, ledger)
    }

    private func here(_ folder: FileLock?, _ ledger: LedgerLock?) throws(CommandFailure) -> Found {
        if let folder { return .here(folder: folder, ledger: ledger) }
        if let folder = try data.lock() { return .here(folder: folder, ledger: ledger) }
        return .busy(
            .failed("another jeton process has just started to use \(data.path): run this command again"))
    }

    /// Another process has the ledger open; the ledger names that process's socket.
    private func askHolder(of file: String) async throws(CommandFailure) -> Found {
        guard let identity = try identity(of: file) else { throw missing(file) }
        let unknown = CommandFailure.failed(
            "another jeton process uses the ledger \(file), but not on \(data.path), and cannot be reached: name its "
                + "data folder with --data, or restart it")
        guard let socket = SQLiteLedger.socket(keptIn: file) else { return .busy(unknown) }
        do throws(HTTPClientError) {
            // The socket may be that of a server that has stopped, or that has the original of this copy open.
            return try await LedgerName.file("\(identity)").ask(at: socket) == .same
                ? .server(socket: socket) : .busy(unknown)
        } catch {
            return .busy(unknown)
        }
    }

    private func identity(of file: String) throws(CommandFailure) -> FileIdentity? {
        do throws(Files.Fault) {
            return try FileIdentity(file)
        } catch {
            throw .failed("cannot read the ledger \(file): \(error.reason)")
        }
    }

    private func missing(_ file: String) -> CommandFailure {
        guard Files.exists(data.path) else {
            return .failed(
                "there is no data folder \(data.path): name the right one with --data or JETON_DATA"
                    + Self.howToCreate)
        }
        return .failed(
            "there is no ledger \(file): name the right data folder with --data or JETON_DATA"
                + Self.howToCreate)
    }

    private static let howToCreate =
        "; to create a new ledger, use `jeton serve` or `jeton user add --create-ledger`"
}

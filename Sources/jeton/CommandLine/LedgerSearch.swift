import HTTPClient
import Ledger
import SQLLedger

/// Finds out who has to carry a command out: the server that holds the ledger, whichever data folder that is on, or
/// this process, where nobody holds it.
struct LedgerSearch: Sendable {
    let data: DataFolder
    let configuration: Configuration
    /// Whether a ledger is made where there is none yet.
    let makesLedger: Bool

    /// What was found.
    enum Found: Sendable {
        /// Nobody has it: this process holds the locks as long as this stands.
        case here(folder: FileLock, ledger: LedgerLock?)
        /// A server answers there.
        case server(socket: String)
        /// Somebody has it, but is not to be reached: a server that starts or ends, or another command. It may be
        /// otherwise in a moment.
        case busy(CommandFailure)
    }

    private var file: String? { configuration.ledger.path(in: data.path) }

    /// Looks once.
    func look() async throws(CommandFailure) -> Found {
        guard Files.exists(data.path) else { return try await lookAtLedger(folder: nil) }
        // What this process would write into another user's folder, its server could not read.
        guard try data.isOurs() else { return try await askFolder(isOurs: false) }
        let folder = try data.lockIfServed()
        guard folder.isFree else { return try await askFolder(isOurs: true) }
        return try await lookAtLedger(folder: folder.lock)
    }

    // MARK: By the data folder

    /// Somebody is on the data folder. Its server is the right one where nothing names another ledger: which one it
    /// has, its own configuration says.
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
            "the jeton on \(data.path) has another ledger than the configuration names: name the data folder of "
                + "that one with --data, or leave the configuration out")
    }

    static func otherUser(_ data: DataFolder) -> CommandFailure {
        .failed(
            "no jeton can be reached at \(data.path), which belongs to another user: run this as that user")
    }

    /// Somebody has that, but gives no answer.
    static func silent(_ what: String, _ socket: String, _ error: HTTPClientError) -> CommandFailure {
        .failed(
            "another jeton uses \(what), but does not answer at \(socket): \(error); start that one anew")
    }

    // MARK: By the ledger

    /// Nobody is on the data folder, whose lock `folder` is, where there is one.
    private func lookAtLedger(folder: FileLock?) async throws(CommandFailure) -> Found {
        guard let file else {
            // A database is reached from any machine.
            try data.prepare()
            return try here(folder, nil)
        }
        if try identity(of: file) == nil {
            guard makesLedger else { throw missing(file) }
            try data.prepare()
        }
        guard let ledger = try LedgerLock.take(file, creates: makesLedger) else {
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
            .failed("another jeton has just begun to use \(data.path): run this again"))
    }

    /// Somebody holds the ledger: who, stands in it.
    private func askHolder(of file: String) async throws(CommandFailure) -> Found {
        guard let identity = try identity(of: file) else { throw missing(file) }
        let unknown = CommandFailure.failed(
            "another jeton uses the ledger \(file), but not on \(data.path), and cannot be reached: name its data "
                + "folder with --data, or start it anew")
        guard let socket = SQLiteLedger.socket(keptIn: file) else { return .busy(unknown) }
        do throws(HTTPClientError) {
            // It may be the socket of a server that has ended, or of the file of which this is a copy.
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
            throw .failed("cannot look at the ledger \(file): \(error.reason)")
        }
    }

    private func missing(_ file: String) -> CommandFailure {
        guard Files.exists(data.path) else {
            return .failed(
                "there is no data folder \(data.path): name the right one with --data or JETON_DATA"
                    + LedgerSearch.howToMake)
        }
        return .failed(
            "there is no ledger \(file): name the right data folder with --data or JETON_DATA"
                + LedgerSearch.howToMake)
    }

    /// How a ledger comes into being.
    private static let howToMake =
        "; a new ledger is made by `jeton serve` or `jeton user add --create-ledger`"
}

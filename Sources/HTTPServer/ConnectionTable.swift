import Glibc
import Synchronization
import Tokens

/// The live connections: counted by address, cut off when they are past their deadline.
final class ConnectionTable: Sendable {
    private struct State {
        var live: [ObjectIdentifier: Connection] = [:]
        var count: [IPAddress: Int] = [:]
    }

    private let state = Mutex(State())
    private let perAddress: Int
    private let exempt: [AddressRange]

    init(perAddress: Int, exempt: [AddressRange]) {
        self.perAddress = perAddress
        self.exempt = exempt
    }

    /// Whether one more connection from there is welcome. The connection itself is counted a moment
    /// later, so with n threads up to n - 1 more may slip in.
    func admits(_ peer: IPAddress?) -> Bool {
        guard let peer, !exempt.contains(peer) else { return true }
        return state.withLock { $0.count[peer, default: 0] < perAddress }
    }

    func insert(_ connection: Connection) {
        state.withLock { state in
            state.live[ObjectIdentifier(connection)] = connection
            if let peer = connection.peer { state.count[peer, default: 0] += 1 }
        }
    }

    /// Lets go of a connection whose descriptor is about to be closed.
    func remove(_ connection: Connection) {
        state.withLock { state in
            state.live[ObjectIdentifier(connection)] = nil
            guard let peer = connection.peer, let count = state.count[peer] else { return }
            state.count[peer] = count > 1 ? count - 1 : nil
        }
    }

    var all: [Connection] { state.withLock { Array($0.live.values) } }

    /// Ends those over which nothing runs, each by its own thread, which takes a moment. Returns whether none
    /// is left. Under the lock as ``cutOff(at:)`` is, and for the same reason.
    func endIdle() -> Bool {
        state.withLock { state in
            for connection in state.live.values { connection.endReading() }
            return state.live.isEmpty
        }
    }

    /// Shuts down the sockets past their deadline; libmicrohttpd then sees their end and closes them.
    /// Under the lock, because a descriptor is closed, and its number used again, only after `remove`.
    func cutOff(at now: Int64) {
        state.withLock { state in
            for connection in state.live.values
            where connection.deadline.load(ordering: .relaxed) < now {
                shutdown(connection.socket, Int32(SHUT_RDWR))
            }
        }
    }
}

import Glibc
import Synchronization
import Tokens

/// The live connections: counted by address, cut off when they are past their deadline.
final class ConnectionTable: Sendable {
    private struct State {
        var live: [ObjectIdentifier: Connection] = [:]
        var count: ConnectionCount
    }

    private let state: Mutex<State>

    init(_ limits: Server.Limits) {
        state = Mutex(State(count: ConnectionCount(limits)))
    }

    /// Whether one more connection from there is welcome. The connection itself is counted a moment
    /// later, so with n threads up to n - 1 more may slip in.
    func admits(_ peer: IPAddress?) -> Bool {
        state.withLock { $0.count.admits(peer) }
    }

    func insert(_ connection: Connection) {
        state.withLock { state in
            state.live[ObjectIdentifier(connection)] = connection
            state.count.add(connection.peer)
        }
    }

    /// Lets go of a connection whose descriptor is about to be closed.
    func remove(_ connection: Connection) {
        state.withLock { state in
            guard state.live.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
            state.count.remove(connection.peer)
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

/// How many connections there are, and whose may be one more.
///
/// Strangers, who are not exempt, are counted by network, and do not get the last places.
struct ConnectionCount {
    private let perNetwork: Int
    private let mostStrangers: Int
    private let exempt: [AddressRange]
    private var byNetwork: [IPAddress: Int] = [:]
    private var strangers = 0

    init(_ limits: Server.Limits) {
        perNetwork = limits.connectionsPerAddress
        exempt = limits.exempt
        // Where nobody is exempt there is nobody to keep places for.
        mostStrangers = limits.connections - (exempt.isEmpty ? 0 : limits.connections / 8)
    }

    /// Whether one more from there is welcome.
    func admits(_ peer: IPAddress?) -> Bool {
        guard let network = network(ofStranger: peer) else { return true }
        return byNetwork[network, default: 0] < perNetwork && strangers < mostStrangers
    }

    mutating func add(_ peer: IPAddress?) {
        guard let network = network(ofStranger: peer) else { return }
        byNetwork[network, default: 0] += 1
        strangers += 1
    }

    mutating func remove(_ peer: IPAddress?) {
        guard let network = network(ofStranger: peer), let count = byNetwork[network] else { return }
        byNetwork[network] = count > 1 ? count - 1 : nil
        strangers -= 1
    }

    private func network(ofStranger peer: IPAddress?) -> IPAddress? {
        guard let peer, !exempt.contains(peer) else { return nil }
        return peer.network
    }
}

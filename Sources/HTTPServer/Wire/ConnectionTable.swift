import Glibc
import Synchronization
import Tokens

/// The open connections: counts them by address and disconnects those past their deadline.
final class ConnectionTable: Sendable {
    private struct OpenConnections {
        var live: [ObjectIdentifier: Connection] = [:]
        var count: ConnectionCount
    }

    private let state: Mutex<OpenConnections>

    init(_ limits: Server.Limits) {
        state = Mutex(OpenConnections(count: ConnectionCount(limits)))
    }

    /// Whether another connection from an address is allowed. It is counted a moment later, so with n threads the limit
    /// may be exceeded by n - 1.
    func admits(_ peer: Peer) -> Bool {
        state.withLock { $0.count.admits(peer) }
    }

    func insert(_ connection: Connection) {
        state.withLock { state in
            state.live[ObjectIdentifier(connection)] = connection
            state.count.add(connection.peer)
        }
    }

    /// Removes a connection, before its descriptor is closed.
    func remove(_ connection: Connection) {
        state.withLock { state in
            guard state.live.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
            state.count.remove(connection.peer)
        }
    }

    /// How many connections are open.
    var openCount: Int { state.withLock { $0.live.count } }

    var all: [Connection] { state.withLock { Array($0.live.values) } }

    /// Shuts down idle connections whose deadline is at most `latest`, which their threads then close. Returns whether no
    /// connection is left. Holds the lock for the same reason as ``cutOff(at:)``.
    func endIdle(dueUntil latest: Int64) -> Bool {
        state.withLock { state in
            for connection in state.live.values
            where connection.deadline.load(ordering: .relaxed) <= latest {
                connection.endReading()
            }
            return state.live.isEmpty
        }
    }

    /// Shuts down sockets past their deadline; libmicrohttpd then closes them. Holds the lock, because a descriptor is
    /// closed, and its number reused, only after `remove`.
    func cutOff(at now: Int64) {
        state.withLock { state in
            for connection in state.live.values
            where connection.deadline.load(ordering: .relaxed) < now {
                shutdown(connection.socket, Int32(SHUT_RDWR))
            }
        }
    }
}

/// Counts connections by network, except those of exempt addresses, for which an eighth of all connections is reserved.
struct ConnectionCount {
    private let perNetwork: Int
    private let mostStrangers: Int
    private let exempt: [AddressRange]
    private var byNetwork: [IPAddress: Int] = [:]
    private var strangers = 0

    init(_ limits: Server.Limits) {
        perNetwork = limits.connectionsPerAddress
        exempt = limits.exempt
        // Without exempt addresses nothing is reserved.
        mostStrangers = limits.connections - (exempt.isEmpty ? 0 : limits.connections / 8)
    }

    /// Whether another connection from an address is allowed.
    func admits(_ peer: Peer) -> Bool {
        guard let network = network(ofStranger: peer) else { return true }
        return byNetwork[network, default: 0] < perNetwork && strangers < mostStrangers
    }

    mutating func add(_ peer: Peer) {
        guard let network = network(ofStranger: peer) else { return }
        byNetwork[network, default: 0] += 1
        strangers += 1
    }

    mutating func remove(_ peer: Peer) {
        guard let network = network(ofStranger: peer), let count = byNetwork[network] else { return }
        byNetwork[network] = count > 1 ? count - 1 : nil
        strangers -= 1
    }

    private func network(ofStranger peer: Peer) -> IPAddress? {
        guard let address = peer.address, !exempt.contains(address) else { return nil }
        return address.network
    }
}

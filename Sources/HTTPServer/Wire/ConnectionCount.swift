import Tokens

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

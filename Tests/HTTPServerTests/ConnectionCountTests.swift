import Testing
import Tokens

@testable import HTTPServer

@Suite("Connections")
struct ConnectionCountTests {
    private func address(_ text: String) throws -> Peer { .address(try #require(IPAddress(text))) }

    private func count(
        connections: Int = 800, perAddress: Int = 3, exempt: [AddressRange] = AddressRange.loopback
    )
        -> ConnectionCount
    {
        ConnectionCount(
            Server.Limits(connections: connections, connectionsPerAddress: perAddress, exempt: exempt))
    }

    @Test(
        "are counted by address, and for IPv6 by network of 64 bits",
        arguments: [
            ("192.0.2.1", "192.0.2.1", false), ("192.0.2.1", "192.0.2.2", true),
            ("2001:db8::1", "2001:db8::ffff:0:2", false), ("2001:db8::1", "2001:db8:0:1::1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", false), ("127.0.0.1", "127.0.0.1", true), ("::1", "::1", true),
        ])
    func byNetwork(held: String, asked: String, admits: Bool) throws {
        var count = count()
        for _ in 0..<3 { count.add(try address(held)) }
        #expect(count.admits(try address(asked)) == admits)
        count.remove(try address(held))
        #expect(count.admits(try address(asked)))
    }

    @Test("one customer's network cannot hold them all")
    func oneNetwork() throws {
        var count = count(connections: 4096, perAddress: 256)
        var admitted = 0
        for low in 0..<4096 {
            let peer = Peer.address(IPAddress(high: 0x2001_0DB8_0000_0000, low: UInt64(low)))
            guard count.admits(peer) else { continue }
            count.add(peer)
            admitted += 1
        }
        #expect(admitted == 256)
        #expect(count.admits(try address("192.0.2.1")))
    }

    @Test("strangers from everywhere leave one in eight to trusted proxies")
    func kept() throws {
        let proxies = try [#require(AddressRange("10.0.0.0/8"))]
        var count = count(exempt: proxies)
        for number in 0..<700 { count.add(.address(IPAddress(v4: 0xC000_0000 + UInt32(number)))) }
        #expect(try !count.admits(address("198.51.100.1")))
        #expect(try count.admits(address("10.1.2.3")))
        #expect(count.admits(.localProxy) && count.admits(.operator))
        count.remove(.address(IPAddress(v4: 0xC000_0000)))
        #expect(try count.admits(address("198.51.100.1")))
    }

    @Test("all are for everybody where nobody is exempt")
    func noneExempt() throws {
        var count = count(exempt: [])
        for number in 0..<799 { count.add(.address(IPAddress(v4: 0xC000_0000 + UInt32(number)))) }
        #expect(try count.admits(address("198.51.100.1")))
    }
}

@Suite("Memory that bodies hold")
struct MemoryBudgetTests {
    @Test("is refused once the limit is reached, and free again when it is given back")
    func limit() {
        let budget = MemoryBudget(limit: 100)
        #expect(budget.take(60))
        // However large one is: something has to be possible.
        #expect(budget.take(1000))
        #expect(!budget.take(1))
        budget.give(1000)
        #expect(budget.take(1))
    }

    @Test("is not counted where there is none")
    func nothing() {
        let budget = MemoryBudget(limit: 0)
        #expect(budget.take(0))
        #expect(budget.take(-5))
        #expect(!budget.take(1))
    }
}

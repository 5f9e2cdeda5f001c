import HTTPServer
import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

@Suite("Whether a node is ready")
struct ReadinessTests {
    @Test("one that is about to stop says so, whatever else it is, and verifies")
    func draining() async throws {
        let house = try TestHouse()
        let gate = try GateHouse(house)
        let secret = try await house.token("ci", of: try await house.person("alice")).secret
        #expect(gate.readiness.state == .ready)
        #expect(await gate.ask("GET", "/readyz").text == "ok\n")

        gate.readiness.drain()
        let refused = await gate.ask("GET", "/readyz")
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] == "1")
        #expect(refused.text == "draining: this node is about to stop; ask another\n")
        #expect(await gate.ask("GET", "/healthz").status == 200)
        let headers: Headers = ["Authorization": basic("alice", secret)]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
    }

    @Test("one that may not know all that others changed is not")
    func stale() async throws {
        let staleness = Staleness(for: .minutes(10))
        let gate = try GateHouse(try TestHouse(), staleness: staleness)
        #expect(gate.readiness.state == .stale)
        let refused = await gate.ask("GET", "/readyz")
        #expect(refused.status == 503)
        #expect(refused.text.hasPrefix("stale: "))
        staleness.confirm(.now)
        #expect(gate.readiness.state == .ready)
        gate.readiness.drain()
        #expect(gate.readiness.state == .draining)
    }
}

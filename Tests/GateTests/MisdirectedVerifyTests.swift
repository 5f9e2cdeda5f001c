import HTTPServer
import TestHouse
import Testing

/// A proxy that asks at an address that verifies nothing: by a page's 200 it would let everybody in.
@Suite("A verify request at a wrong address")
struct MisdirectedVerifyTests {
    let gate: GateHouse

    init() throws {
        gate = try GateHouse(TestHouse())
    }

    @Test(
        "what tells an original method is a question, wherever it arrives",
        arguments: [
            "/", "/?x=1", "/tokens", "/healthz", "/verifying/maven", "/Verify/maven", "/verif/maven",
            "//verify/maven", "/oauth/introspect",
        ], ["X-Original-Method", "x-original-method", "X-Forwarded-Method", "X-FORWARDED-METHOD"])
    func told(target: String, header: String) async {
        for method in ["GET", "HEAD", "POST"] {
            let response = await gate.ask(method, target, [header: "GET", "X-Original-URI": "/a"])
            #expect((response.status, response.reason) == (500, "unknown_service"))
        }
    }

    @Test(
        "what proxies tell the desk of people is none",
        arguments: [
            "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Original-URI",
            "X-Original-URL", "X-Forwarded-Methods", "X-Original_Method", "X-HTTP-Method-Override",
        ])
    func notTold(header: String) async {
        let response = await gate.ask("GET", "/elsewhere", [header: "GET"])
        #expect((response.status, response.reason) == (404, nil))
    }
}

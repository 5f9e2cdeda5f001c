import Testing
import Tokens

@Suite("A service as a protected resource")
struct ProtectedResourceTests {
    @Test(
        "its metadata is at the host, before the path (RFC 9728, section 3.1)",
        arguments: [
            (
                "https://git.example.com/", "https://git.example.com",
                "https://git.example.com/.well-known/oauth-protected-resource"
            ),
            (
                "https://git.example.com", "https://git.example.com",
                "https://git.example.com/.well-known/oauth-protected-resource"
            ),
            (
                "https://example.com:8443/mcp", "https://example.com:8443/mcp",
                "https://example.com:8443/.well-known/oauth-protected-resource/mcp"
            ),
            (
                "https://example.com/repository/", "https://example.com/repository/",
                "https://example.com/.well-known/oauth-protected-resource/repository/"
            ),
        ])
    func addresses(_ url: String, _ identifier: String, _ metadata: String) throws {
        let resource = ProtectedResource(try #require(ServiceURL(url)))
        #expect(resource.identifier == identifier)
        #expect(resource.metadataAddress == metadata)
    }

    @Test(
        "the identifier is the address that was asked about (RFC 9728, section 3.3)",
        arguments: [
            ("https://example.com/", "", "https://example.com"),
            ("https://example.com/", "/", "https://example.com"),
            ("https://example.com/", "/team/app.git", "https://example.com/team/app.git"),
            ("https://example.com/mcp", "/mcp", "https://example.com/mcp"),
            ("https://example.com/mcp", "/mcp/", "https://example.com/mcp/"),
            ("https://example.com/mcp/", "/mcp", "https://example.com/mcp"),
            ("https://example.com/mcp", "/m%63p/x", "https://example.com/m%63p/x"),
            ("https://example.com/mcp", "", nil),
            ("https://example.com/mcp", "/", nil),
            ("https://example.com/mcp", "/mcpx", nil),
            ("https://example.com/mcp", "/other", nil),
            ("https://example.com/mcp", "/other/../mcp", nil),
            ("https://example.com/mcp", "/mcp/%2e%2e/other", nil),
            ("https://example.com/mcp", "/mcp//x", nil),
            ("https://example.com/mcp", "/mcp/" + String(repeating: "x", count: 600), nil),
            ("https://example.com/a//b", "/a//b", nil),
        ])
    func identifiers(_ url: String, _ path: String, _ identifier: String?) throws {
        let resource = ProtectedResource(try #require(ServiceURL(url)))
        #expect(resource.identifier(atPath: path) == identifier)
    }

    @Test(
        "the address that a client names leads to one service",
        arguments: [
            ("https://example.com", "all"), ("https://example.com/", "all"), ("https://EXAMPLE.com/x", "all"),
            ("https://example.com/mcp", "mcp"), ("https://example.com/mcp/", "mcp"),
            ("https://example.com/mcp/sse", "mcp"), ("https://example.com/mcpx", "all"),
            ("https://example.com/mcp/../x", nil), ("http://example.com/mcp", nil),
            ("https://example.com:444/mcp", nil), ("https://example.com.evil.example/mcp", nil),
            ("https://user@example.com/mcp", nil), ("https://example.com/mcp?x=1", nil),
            ("https://example.com/mcp#x", nil), ("mcp", nil), ("", nil),
        ])
    func indicators(_ text: String, _ name: String?) throws {
        let services = [
            Service(name: try ServiceName("unsaid")),
            Service(name: try ServiceName("all"), url: ServiceURL("https://example.com/")),
            Service(name: try ServiceName("mcp"), url: ServiceURL("https://example.com/mcp")),
        ]
        #expect(services.service(atResource: text)?.name.text == name)
    }

    @Test("a challenge with Bearer needs an address, and never comes with docker's kind")
    func challenges() throws {
        let name = try ServiceName("x")
        let url = ServiceURL("https://example.com/")
        #expect(Service(name: name, url: url).challengesBearer)
        #expect(!Service(name: name).challengesBearer)
        #expect(!Service(name: name, kind: .docker, url: url).challengesBearer)
        #expect(!Service(name: name, url: url, challengesBearer: false).challengesBearer)
    }
}

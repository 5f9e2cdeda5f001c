import Testing
import Tokens

@Suite("The address of a service")
struct ServiceURLTests {
    @Test(
        "is read with its host and path",
        arguments: [
            ("https://maven.example.com", "https://maven.example.com/", "maven.example.com"),
            ("HTTPS://Git.Example.com:8443/team/", "https://git.example.com:8443/team/", "git.example.com"),
            ("http://[2001:db8::1]:81/x", "http://[2001:db8::1]:81/x", "[2001:db8::1]"),
        ])
    func read(_ text: String, _ shown: String, _ machine: String) throws {
        let url = try #require(ServiceURL(text))
        #expect(url.description == shown)
        #expect(url.hostWithoutPort == machine)
    }

    @Test(
        "holds nothing that is special in a shell or in XML, and no credential",
        arguments: [
            "", "maven.example.com", "ftp://example.com/", "https://", "https:///path", "https://a b/",
            "https://user@example.com/", "https://example.com/?q", "https://example.com/#f",
            "https://example.com/'; rm -rf ~; '", "https://example.com/<x>", "https://example.com/$(id)",
            "https://example.com/`id`", "https://example.com/a&b", "https://exämple.com/",
            "https://example.com/\n",
        ])
    func refused(_ text: String) {
        #expect(ServiceURL(text) == nil)
    }
}

import OAuth
import Testing

@Suite("The addresses of clients")
struct RedirectURITests {
    @Test(
        "may be registered",
        arguments: [
            "https://app.example.com/callback", "https://app.example.com:8443/cb?x=1", "http://127.0.0.1",
            "http://127.0.0.1/", "http://127.0.0.1:3000/cb", "http://[::1]/cb", "http://localhost/login",
            "com.example.app:/callback",
        ])
    func good(text: String) {
        #expect(RedirectURI(text) != nil)
    }

    @Test(
        "are refused",
        arguments: [
            "", "http://app.example.com/cb", "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://localhost.evil.example/", "https://user@app.example.com/", "https://app.example.com/#x",
            "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "myapp:/callback",
            "https://app.example.com\\@evil.example/", "https://", "http://127.0.0.1:0/",
            "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "https://app.example.com/ä",
            "HTTPS://app.example.com/cb", "Https://app.example.com/cb", "HTTP://127.0.0.1/",
            "https://app.example.com/\u{0D}\u{0A}", "ftp://example.com/",
        ])
    func bad(text: String) {
        #expect(RedirectURI(text) == nil)
    }

    @Test(
        "match the same bytes, and on the machine itself any port",
        arguments: [
            ("http://127.0.0.1", "http://127.0.0.1:38203", true),
            ("http://127.0.0.1", "http://127.0.0.1", true),
            ("http://127.0.0.1", "http://127.0.0.1:38203/", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/..", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?x", false),
            ("http://127.0.0.1/cb", "http://localhost:1/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:1/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80.evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1\\evil/cb", false),
            ("http://[::1]/cb", "http://[::1]:9/cb", true),
            ("http://localhost/login", "http://localhost:10009/login", true),
            ("https://app.example.com/cb", "https://app.example.com/cb", true),
            ("https://app.example.com/cb", "https://app.example.com/cb/", false),
            ("https://app.example.com/cb", "https://app.example.com:443/cb", false),
            ("https://app.example.com/cb", "https://app.example.com/cb?next=//evil", false),
            ("https://app.example.com/cb", "https://APP.example.com/cb", false),
        ])
    func matching(registered: String, sent: String, matches: Bool) throws {
        #expect(try #require(RedirectURI(registered)).matches(sent) == matches)
    }

    @Test(
        "are sources of a policy",
        arguments: [
            ("http://127.0.0.1/cb", "http://127.0.0.1:*"), ("http://[::1]:3/cb", "http:"),
            ("https://app.example.com:8443/cb?x", "https://app.example.com:8443"),
            ("com.example.app:/callback", "com.example.app:"),
        ])
    func sources(text: String, source: String) throws {
        #expect(try #require(RedirectURI(text)).source == source)
    }
}

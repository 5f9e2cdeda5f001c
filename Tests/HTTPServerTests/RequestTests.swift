import HTTPServer
import Testing
import Tokens

@Suite("Header fields")
struct HeadersTests {
    @Test("are found without regard to case, in order")
    func lookUp() {
        var headers: Headers = ["Accept": "a", "X-One": "1", "accept": "b"]
        #expect(headers["ACCEPT"] == "a")
        #expect(headers.all("aCCept") == ["a", "b"])
        #expect(headers["X_One"] == nil)
        headers["ACCEPT"] = "c"
        #expect(headers.fields.map(\.name) == ["X-One", "ACCEPT"])
        headers["x-one"] = nil
        #expect(headers.fields.map(\.value) == ["c"])
    }

    @Test("differ where only bit 5 of a sign does", arguments: [("[", "{"), ("@", "`"), ("-", "\r")])
    func signs(one: String, other: String) {
        let headers: Headers = ["X\(one)": "a"]
        #expect(headers["x\(one)"] == "a")
        #expect(headers["x\(other)"] == nil)
    }
}

@Suite("A request")
struct RequestTests {
    @Test(
        "has a path and a query",
        arguments: [
            ("/a", "/a", nil), ("/a?", "/a", ""), ("/a?b=c?d", "/a", "b=c?d"), ("/a%3Fb", "/a%3Fb", nil),
            ("?x", "", "x"), ("", "", nil),
        ] as [(String, String, String?)])
    func target(target: String, path: String, query: String?) {
        let request = Request("GET", target)
        #expect(request.path == path)
        #expect(request.query == query)
        #expect(request.target == target)
    }

    @Test("reads its query as pairs")
    func query() {
        let items = Request("GET", "/?a=1&b=x+y%26%3d&a=2&c&=d&%zz=%").queryItems
        #expect(items["a"] == "1")
        #expect(items.all("a") == ["1", "2"])
        #expect(items["b"] == "x y&=")
        #expect(items["c"] == "")
        #expect(items[""] == "d")
        #expect(items["%zz"] == "%")
        #expect(items["e"] == nil)
    }

    @Test(
        "reads its body as pairs where it is a form's",
        arguments: [
            ("application/x-www-form-urlencoded", "ü"),
            ("Application/X-WWW-Form-URLencoded; charset=utf-8", "ü"),
            ("application/json", nil), ("", nil),
        ] as [(String, String?)])
    func form(type: String, value: String?) {
        let request = Request("POST", "/", headers: ["Content-Type": type], body: Array("a=%C3%BC".utf8))
        #expect(request.form["a"] == value)
    }

    @Test(
        "reads what a form spells, whatever it is",
        arguments: [
            ("a=%zz%1", "%zz%1"), ("a=%", "%"), ("a=%2", "%2"), ("a=%+1", "% 1"), ("a=%e2%82%ac", "€"),
            ("a=%FF", "\u{FFFD}"), ("a=b=c", "b=c"), ("&&a=1&&", "1"), ("a", ""), ("b=1", nil),
            ("%61=x", "x"),
            ("a=e\u{301}", "e\u{301}"), ("a\u{301}=1&a=2", "2"),
        ] as [(String, String?)])
    func spelled(text: String, value: String?) {
        let headers: Headers = ["Content-Type": "application/x-www-form-urlencoded"]
        let request = Request("POST", "/", headers: headers, body: Array(text.utf8))
        #expect(request.form["a"].map { Array($0.utf8) } == value.map { Array($0.utf8) })
    }

    @Test("has no form where that has more pairs than anybody reads")
    func tooManyPairs() {
        let headers: Headers = ["Content-Type": "application/x-www-form-urlencoded"]
        func request(_ count: Int) -> Request {
            Request(
                "POST", "/", headers: headers, body: Array(String(repeating: "a=1&", count: count - 1).utf8))
        }
        #expect(request(2000).form["a"] == "1")
        #expect(request(2001).form["a"] == nil)
    }

    /// Each would take seconds if its text were read by characters, or anew at each look.
    @Test("is read once, and in proportion to its length")
    func readOnce() {
        let cookies = String(repeating: "a=b; ", count: 3000) + "session=1"
        var headers: Headers = ["Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies]
        headers.add("Cookie", "late=2")
        let pairs = String(repeating: "a=\(String(repeating: "%61", count: 300))&", count: 100)
        let body = Array(String(repeating: "a&", count: 500_000).utf8)
        let time = ContinuousClock().measure {
            let request = Request("POST", "/?\(pairs)", headers: headers, body: Array(pairs.utf8))
            for _ in 0..<300 {
                #expect(request.form["b"] == nil)
                #expect(request.queryItems["b"] == nil)
                #expect(request.cookie("none") == nil)
            }
            #expect(request.cookie("late") == "2")
            let large = Request("POST", "/", headers: headers, body: body)
            for _ in 0..<300 { #expect(large.form["a"] == nil) }
        }
        #expect(time < .seconds(8))
    }

    @Test("reads its parts anew when they are changed")
    func changed() {
        var request = Request("POST", "/?a=1", headers: ["Cookie": "a=1"], body: Array("a=1".utf8))
        #expect(request.form["a"] == nil)
        #expect(request.cookie("a") == "1")
        request.headers = ["Content-Type": "application/x-www-form-urlencoded", "Cookie": "a=2"]
        #expect(request.form["a"] == "1")
        #expect(request.cookie("a") == "2")
        request.body = Array("a=2".utf8)
        #expect(request.form["a"] == "2")
        #expect(request.queryItems["a"] == "1")
        request.query = "a=2"
        #expect(request.queryItems["a"] == "2")
    }

    @Test(
        "finds a cookie by its whole name",
        arguments: [("a", "1"), ("aa", "2=3"), ("b", "x"), ("c", nil), ("empty", ""), ("A", nil)]
            as [(String, String?)])
    func cookie(name: String, value: String?) {
        var headers: Headers = ["Cookie": "aa=2=3; a=1;b=x; c; empty="]
        headers.add("Cookie", "a=later")
        #expect(Request("GET", "/", headers: headers).cookie(name) == value)
    }

    static let cases: [(String, [String], String?)] = [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, 10.0.0.2,\t10.0.0.3"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
        // With a port, as Azure's gateways write it.
        ("127.0.0.1", ["203.0.113.9:51234"], "203.0.113.9"),
        ("127.0.0.1", ["192.0.2.66, 203.0.113.9:1, 10.0.0.2:65535"], "203.0.113.9"),
        ("127.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("127.0.0.1", ["[::ffff:203.0.113.9]:443"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 10.0.0.2:80"], "198.51.100.1"),
        ("127.0.0.1", ["2001:db8::1:443"], "2001:db8::1:443"),
        // What cannot be read is not known: it is neither the proxy's address nor one further to the front.
        ("127.0.0.1", ["198.51.100.1, unknown"], nil),
        ("127.0.0.1", ["198.51.100.1", "unknown"], nil),
        ("127.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], nil),
        ("127.0.0.1", ["unknown"], nil),
        ("127.0.0.1", ["198.51.100.1, "], nil),
        ("127.0.0.1", ["198.51.100.1,"], nil),
        ("127.0.0.1", ["198.51.100.1", ""], nil),
        ("127.0.0.1", ["198.51.100.1,,10.0.0.2"], nil),
        ("127.0.0.1", [""], nil),
        ("127.0.0.1", [", 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["_hidden"], nil),
        ("127.0.0.1", ["for=203.0.113.9"], nil),
        ("127.0.0.1", ["for=\"[2001:db8::1]:443\""], nil),
        ("127.0.0.1", ["\"203.0.113.9\""], nil),
        ("127.0.0.1", ["203.0.113.9;proto=https"], nil),
        ("127.0.0.1", ["203.0.113.9:"], nil),
        ("127.0.0.1", ["203.0.113.9:http"], nil),
        ("127.0.0.1", ["203.0.113.9:65536"], nil),
        ("127.0.0.1", ["203.0.113.9:51234:1"], nil),
        ("127.0.0.1", ["203.0.113.256"], nil),
        ("127.0.0.1", [":443"], nil),
        ("127.0.0.1", ["[2001:db8::1"], nil),
        ("127.0.0.1", ["[2001:db8::1]443"], nil),
        ("127.0.0.1", ["[2001:db8::1]:"], nil),
        ("127.0.0.1", ["[203.0.113.9]"], nil),
        ("127.0.0.1", ["[]"], nil),
        ("127.0.0.1", ["fe80::1%eth0"], nil),
        ("127.0.0.1", ["client.example.com"], nil),
        ("127.0.0.1", [String(repeating: "1:", count: 40)], nil),
        // What stands in front of a client's address was written by that client.
        ("127.0.0.1", ["unknown, 203.0.113.9"], "203.0.113.9"),
        ("203.0.113.9", ["unknown"], "203.0.113.9"),
        ("127.0.0.1", ["10.0.0.2"], "127.0.0.1"),
        // A proxy at a unix socket is trusted as one at an address, and has none to fall back to.
        ("socket", ["198.51.100.1"], "198.51.100.1"),
        ("socket", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("socket", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("socket", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("socket", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("socket", [], nil),
        ("socket", [""], nil),
        ("socket", ["unknown"], nil),
        ("socket", ["198.51.100.1, unknown"], nil),
        ("socket", ["198.51.100.1, unix:"], nil),
        ("socket", ["unknown, 10.0.0.2"], nil),
        // A client on a trusted proxy's machine.
        ("socket", ["127.0.0.1"], "127.0.0.1"),
        ("socket", ["127.0.0.1, 10.0.0.2"], "127.0.0.1"),
        // The operator's socket is nobody's proxy.
        ("operator", ["198.51.100.1"], nil),
    ]

    @Test("comes from its peer, or from whom trusted proxies name", arguments: cases)
    func clientAddress(peer: String, forwarded: [String], client: String?) throws {
        let proxies = AddressRange.loopback + [try #require(AddressRange("10.0.0.0/8"))]
        var headers = Headers()
        for value in forwarded { headers.add("X-Forwarded-For", value) }
        let peer: Peer =
            switch peer {
            case "socket": .localProxy
            case "operator": .operator
            default: .address(try #require(IPAddress(peer)))
            }
        let request = Request("GET", "/", headers: headers, peer: peer)
        #expect(request.clientAddress(trusting: proxies)?.description == client)
        #expect(RequestHead(request).clientAddress(trusting: proxies)?.description == client)
    }
}

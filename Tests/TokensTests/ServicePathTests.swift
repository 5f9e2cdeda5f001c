import Testing
import Tokens

@Suite("Paths of scopes")
struct ServicePathTests {
    @Test(
        "a path is written in a scope's characters, however it was typed",
        arguments: [
            ("/team/app.git", "/team/app.git"), ("/team/app.git/", "/team/app.git"),
            ("/te%61m/%61pp%2Egit", "/team/app.git"), ("/a b/c", "/a%20b/c"), ("/a%20b", "/a%20b"),
            ("/équipe/é", "/%C3%A9quipe/%C3%A9"), ("/%c3%a9", "/%C3%A9"), ("/~a/b-c_d", "/~a/b-c_d"),
            ("/@scope:x/a+b", "/@scope:x/a+b"), ("/a%2Bb", "/a+b"), ("/it's(1)", "/it%27s%281%29"),
            ("/a\"b", "/a%22b"), ("/…", "/%E2%80%A6"), ("/.git", "/.git"), ("/..git", "/..git"),
            ("/a.b.c", "/a.b.c"), ("/😀", "/%F0%9F%98%80"),
        ])
    func text(typed: String, text: String) throws {
        let path = try #require(ServicePath(typed))
        #expect(path.text == text)
        #expect(ServicePath(text) == path)
    }

    @Test(
        "a path that could be read in two ways is refused",
        arguments: [
            "", "/", "//", "team", "team/app.git", "http://host/team", "//host/team", "/team//app",
            "/team/app//",
            "/.", "/..", "/../", "/a/.", "/a/..", "/a/../b", "/a/./b", "/%2e%2e/b", "/.%2E/b", "/a/%2e",
            "/a.", "/a./b", "/a%2e/b", "/a /b", "/a%20/b", "/a%20", "/a...", "/ ", "/a/ /b",
            "/a\\b", "/a%5Cb", "/a%2Fb", "/a%2fb", "/a;b", "/a;v=1/b", "/a%3Bb", "/a?b", "/a%3Fb", "/a#b",
            "/a%23b", "/a%25b", "/a%252fb", "/a%", "/a%2", "/a%zz", "/a%+1", "/a%00", "/a\0", "/a\n", "/a%0d",
            "/a%7F", "/a\u{7F}", "/a\u{85}b", "/a%C2%80", "/%FF", "/%C0%AE", "/%c0%ae%c0%ae/b", "/%E0%80%AF",
            "/%ED%A0%80", "/%F4%90%80%80", "/%F8%88%80%80%80", "/%80", "/%C3", "/%C3/a", "/%C3%A9%A9", "/a*",
            "/*",
        ])
    func refused(text: String) {
        #expect(ServicePath(text) == nil)
    }

    @Test("a path has at most 500 characters, encoded")
    func limit() {
        #expect(ServicePath("/" + String(repeating: "a", count: 499)) != nil)
        #expect(ServicePath("/" + String(repeating: "a", count: 500)) == nil)
        #expect(ServicePath("/" + String(repeating: "é", count: 100)) == nil)
    }

    @Test(
        "a pattern fits whole segments",
        arguments: [
            ("/*/*.git", "/team/app.git", true), ("/*/*.git", "/team/app.git2", false),
            ("/*/*.git", "/team/app", false), ("/*/*.git", "/app.git", false),
            ("/*/*.git", "/a/b/app.git", false), ("/*/*.git", "/team/.git", true),
            ("/*/*.git/", "/team/app.git", true), ("/pub", "/pub", true), ("/pub", "/public", false),
            ("/*", "/anything", true), ("/*", "/a/b", false), ("/a*b*c", "/abc", true),
            ("/a*b*c", "/axbxbxc", true),
            ("/a*b*c", "/axbxbx", false), ("/a*b", "/ab/ab", false), ("/*é/*", "/caf%C3%A9/x", true),
            ("/*.git", "/a%2Egit", true), ("/TEAM/*", "/team/x", false),
            ("/*a*a*a*a*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ])
    func pattern(pattern: String, path: String, fits: Bool) throws {
        let pattern = try #require(PathPattern(pattern))
        #expect(try pattern.fits(#require(ServicePath(path))) == fits)
    }

    @Test(
        "an example of a pattern fits it",
        arguments: [
            ("/*/*.git", "/team/app.git"), ("/pub/*", "/pub/app"), ("/*/*/*", "/group/team/app"),
            ("/pub", "/pub"),
            ("/*/*/*/*", "/group/group/team/app"), ("/v2/*/*", "/v2/team/app"),
            ("/@company/*", "/@company/app"),
        ])
    func example(pattern: String, example: String) throws {
        let pattern = try #require(PathPattern(pattern))
        #expect(pattern.example == example)
        #expect(try pattern.fits(#require(ServicePath(example))))
    }

    @Test(
        "what is not a pattern is refused",
        arguments: ["", "/", "*", "team/*", "/**", "/**/x", "/a**", "/../*", "/*//*", "/*.", "/a;b", "/%2F"])
    func refusedPattern(text: String) {
        #expect(PathPattern(text) == nil)
    }
}

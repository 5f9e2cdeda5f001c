import Foundation
import Testing

@testable import Tokens

@Suite("Scopes that are narrowed to paths")
struct NarrowedScopeTests {
    private func covers(
        _ scopes: String = "git:write:/team/app.git", url: String? = "https://host/git/",
        _ access: Access = .read,
        original: String? = nil, forwarded: String? = nil, destination: String? = nil
    ) throws -> Bool {
        let service = Service(name: try ServiceName("git"), kind: .git, url: url.flatMap { ServiceURL($0) })
        let scopes = try #require(Scopes(text: scopes))
        let original = original.map { Array($0.utf8) }
        let forwarded = forwarded.map { Array($0.utf8) }
        let destination = destination.map { Array($0.utf8) }
        let request = ServiceRequest(
            access, from: nil, original: original?.span, forwarded: forwarded?.span, rest: nil,
            destination: destination?.span)
        return scopes.cover(service, request)
    }

    @Test(
        "cover the path and what is below it",
        arguments: [
            "/git/team/app.git", "/git/team/app.git/", "/git/team/app.git/info/refs?service=git-receive-pack",
            "/git/team/app.git/git-upload-pack", "/git/team/app.git?x=/../", "/git/team/app.git/a/b?/..//",
            "/git/te%61m/app%2egit/x", "/%67it/team/app.git/objects/aa/b%20b", "/git/team/app.git/..x/.y/é",
        ])
    func below(target: String) throws {
        #expect(try covers(original: target))
        #expect(try covers(forwarded: target))
        #expect(try covers("git:/team/app.git", .write, original: target, forwarded: target))
    }

    @Test(
        "never cover a sibling, a parent, or an ambiguous path",
        arguments: [
            // Other paths.
            "/git/team/app.git2", "/git/team/app.gi", "/git/team/app", "/git/team/", "/git/team", "/git/",
            "/", "",
            "/team/app.git", "/git/git/team/app.git", "/gitx/team/app.git", "/git/team/APP.git",
            "/Git/team/app.git", "/git/team/other.git/x?/git/team/app.git", "/?/git/team/app.git",
            // Paths that lead out again.
            "/git/team/app.git/../other.git/x", "/git/team/app.git/..", "/git/team/app.git/%2e%2e/other.git",
            "/git/team/app.git/.%2E/other.git", "/git/team/app.git/..%2fother.git",
            "/git/team/app.git%2f..%2fother.git", "/git/team/app.git/..%5cother.git",
            "/git/team/app.git/..\\other.git", "/git/team/app.git/..;/other.git",
            "/git/team/app.git/..;x=1/other.git",
            "/git/team/app.git/..%3b/other.git", "/git/team/app.git/.. /other.git",
            "/git/team/app.git/..%20/other.git",
            "/git/team/app.git/.../other.git", "/git/team/app.git/..%00/other.git",
            "/git/team/app.git/%252e%252e/other.git", "/git/team/app.git/%c0%ae%c0%ae/other.git",
            "/git/team/app.git/%e0%80%ae./other.git", "/git/team/app.git/..%c0%af/other.git",
            "/git/team/app.git/%u002e%u002e/other.git", "/git/team/app.git/./x",
            // Ambiguous paths.
            "//git/team/app.git", "/git//team/app.git", "/git/team//app.git", "/git/team/app.git//x",
            "/git/./team/app.git", "/x/../git/team/app.git", "/git/team/app.git;x", "/git/team;/app.git",
            "/git/team/app.git#x", "/git/team/app.git%23", "/git/team/app.git%3f", "/git/team/app.git.",
            "/git/team/app.git ", "/git/team/app.git%20", "/git/team/app.git\t", "/git/team/app.git/\n",
            "/git/team%2fapp.git", "/git/team\\app.git", "/git/team/app.git%", "/git/team/app.git/%zz",
            "/git/team/app.git/%ff", "/git/team/app.git\0", "/git/team/app.git/a b", "/git/team./app.git",
            // Not a path.
            "http://host/git/team/app.git", "https://host/git/team/app.git", "host:443", "*",
            "git/team/app.git", "\\git\\team\\app.git", "?/git/team/app.git",
        ])
    func elsewhere(target: String) throws {
        #expect(try !covers(original: target))
        #expect(try !covers("git:/team/app.git", .write, forwarded: target))
        // Another target that is covered does not make up for it.
        #expect(try !covers(original: "/git/team/app.git/x", forwarded: target))
        #expect(try !covers(original: target, forwarded: "/git/team/app.git/x"))
        // A scope that is not narrowed ignores the targets.
        #expect(try covers("git:write:/team/app.git git:read", original: target))
    }

    @Test("cover nothing without a target")
    func untold() throws {
        #expect(try !covers())
        #expect(try covers("git"))
    }

    @Test("allow the access that they name: reading, writing, or both")
    func access() throws {
        let target = "/git/a/b"
        #expect(try covers("git:read:/a", .read, original: target))
        #expect(try !covers("git:read:/a", .write, original: target))
        #expect(try covers("git:/a", .write, original: target))
        #expect(try !covers("maven:write:/a", .read, original: target))
        #expect(try covers("git:read git:write:/c", .read, original: target))
        #expect(try !covers("git:read git:write:/c", .write, original: target))
        #expect(try covers("git:read git:write:/a", .write, original: target))
    }

    @Test("two scopes may cover two targets")
    func several() throws {
        let both = "git:read:/a git:read:/b"
        #expect(try covers(both, original: "/git/a/x", forwarded: "/git/b"))
        #expect(try !covers(both, original: "/git/a/x", forwarded: "/git/c"))
    }

    @Test("cover a destination, too, which is not a target by itself")
    func destination() throws {
        #expect(try covers(original: "/git/team/app.git/a", destination: "/git/team/app.git/b"))
        #expect(try !covers(original: "/git/team/app.git/a", destination: "/git/team/other.git/b"))
        #expect(try !covers(original: "/git/team/app.git/a", destination: ""))
        #expect(try !covers(destination: "/git/team/app.git/b"))
    }

    @Test(
        "begin after the path of the service's address",
        arguments: [
            (nil, "/a/x", true), (nil, "/git/a/x", false), ("https://host", "/a/x", true),
            ("https://host/", "/a", true), ("https://host/git", "/git/a", true),
            ("https://host/git/", "/git/a", true),
            ("https://host/x/y/", "/x/y/a", true), ("https://host/x/y/", "/x/a", false),
            ("https://host/%67it/", "/git/a", true), ("https://host/a//b/", "/a//b/a", false),
            ("https://host/a/../b/", "/b/a", false),
        ] as [(String?, String, Bool)])
    func base(url: String?, target: String, covered: Bool) throws {
        #expect(try covers("git:read:/a", url: url, original: target) == covered)
    }

    @Test("list the paths that an access is limited to, and none where it is not limited")
    func paths() throws {
        let git = try ServiceName("git")
        func paths(_ scopes: String, _ access: Access) throws -> [String] {
            try #require(Scopes(text: scopes)).paths(of: git, access).map(\.text)
        }
        #expect(try paths("git:write:/b git:read:/a maven:read:/c", .read) == ["/a", "/b"])
        #expect(try paths("git:write:/b git:read:/a", .write) == ["/b"])
        #expect(try paths("git:read git:write:/b", .read) == [])
        #expect(try paths("", .read) == [])
        #expect(try paths("maven:read:/c", .read) == [])
    }

    // MARK: Random targets

    /// The ways in which services read a path.
    private static let readings: [@Sendable (String) -> [String]] = [
        // Dot segments are resolved before decoding.
        { segments($0).map { $0.removingPercentEncoding ?? "" } },
        { segments($0.removingPercentEncoding ?? "") },
        { segments(($0.removingPercentEncoding ?? "").removingPercentEncoding ?? "") },
        { segments(($0.removingPercentEncoding ?? "").replacing("\\", with: "/")) },
        {
            segments(
                ($0.removingPercentEncoding ?? "").replacing("\\", with: "/").split(
                    separator: "/", omittingEmptySubsequences: false
                ).map { segment in
                    var segment = segment.prefix { $0 != ";" && $0 != "\0" }
                    while let last = segment.last, last == "." || last == " ", segment != ".", segment != ".."
                    {
                        segment.removeLast()
                    }
                    return String(segment)
                }.joined(separator: "/"))
        },
    ]

    /// The segments that remain after resolving dot segments (RFC 3986, section 5.2.4) and merging slashes.
    private static func segments(_ path: String) -> [String] {
        var kept: [String] = []
        for segment in path.split(separator: "/") {
            if segment == ".." { _ = kept.popLast() } else if segment != "." { kept.append(String(segment)) }
        }
        return kept
    }

    private static let pieces = [
        "/", "/", "/", "//", "team", "team", "app.git", "app.git", "git", "git", "other.git", "..", ".",
        "%2e", "%2E%2e",
        "%2f", "%5c", "\\", ";", "%3b", "?", "#", "%23", "%3f", "%00", "%20", " ", "%25", "%252e", "%c0%ae",
        "%c3%a9",
        "é", "x", "%61pp.git", "te%61m", "2", "%", "%ff", "%e2%80%a6", "a+b", "@", ":", "*", "~", "\u{FF0F}",
    ]

    @Test("a covered target is below the path however a service reads it", arguments: 0..<8)
    func hostile(seed: UInt64) throws {
        var chance = Chance(state: seed)
        let service = Service(name: try ServiceName("git"), url: ServiceURL("https://host/git/"))
        let scopes = try #require(Scopes(text: "git:read:/team/app.git"))
        var covered = 0
        for _ in 0..<20_000 {
            var target = chance.next() % 4 > 0 ? "/git/team/app.git" : ""
            for _ in 0..<(chance.next() % 7) {
                target += Self.pieces[Int(chance.next() % UInt64(Self.pieces.count))]
            }
            let bytes = Array(target.utf8)
            let request = ServiceRequest(.read, from: nil, original: bytes.span, forwarded: nil, rest: nil)
            guard scopes.cover(service, request) else { continue }
            covered += 1
            let path = String(target.prefix { $0 != "?" })
            for reading in Self.readings {
                #expect(reading(path).prefix(3) == ["git", "team", "app.git"], "\(target)")
            }
        }
        #expect(covered > 500)
    }
}

/// SplitMix64, which repeats its numbers for the same seed.
private struct Chance {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

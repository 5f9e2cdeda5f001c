import Testing

@testable import Tokens

@Suite("First reads of clients, with a token that is narrowed to a path")
struct FirstReadsTests {
    private func covers(
        _ kind: Service.Kind, _ target: String?, scopes: String = "reg:write:/v2/team/app",
        url: String? = nil, _ access: Access = .read, isFetch: Bool = true, forwarded: String? = nil,
        destination: String? = nil
    ) throws -> Bool {
        let service = Service(name: try ServiceName("reg"), kind: kind, url: url.flatMap { ServiceURL($0) })
        let scopes = try #require(Scopes(text: scopes))
        let target = target.map { Array($0.utf8) }
        let forwarded = forwarded.map { Array($0.utf8) }
        let destination = destination.map { Array($0.utf8) }
        let request = ServiceRequest(
            access, from: nil, original: target?.span, forwarded: forwarded?.span, rest: nil,
            destination: destination?.span, isFetch: isFetch)
        return scopes.cover(service, request)
    }

    private static let table: [(Service.Kind, [String])] = [
        (.docker, ["/v2/"]), (.cargo, ["/config.json"]), (.npm, ["/-/whoami", "/-/ping"]),
    ]

    @Test("are allowed, and nothing else outside the path", arguments: Service.Kind.allCases)
    func table(kind: Service.Kind) throws {
        for (owner, paths) in Self.table {
            for path in paths {
                let isItsOwn = owner == kind
                #expect(try covers(kind, path) == isItsOwn, "\(path)")
                #expect(try covers(kind, path, scopes: "reg:read:/x") == isItsOwn)
                #expect(try covers(kind, path, scopes: "reg:/x other:read") == isItsOwn)
                // Below the path of its address, and only there.
                #expect(try covers(kind, "/a/b\(path)", url: "https://host/a/b/") == isItsOwn)
                #expect(try !covers(kind, path, url: "https://host/a/b/"))
                // Not for a token without a path of this service, without reading, or for other requests.
                #expect(try !covers(kind, path, scopes: "other:/v2 jeton:manage"))
                #expect(try !covers(kind, path, .write))
                #expect(try !covers(kind, path, isFetch: false))
                #expect(try !covers(kind, path, destination: path))
                #expect(try !covers(kind, path, destination: "/v2/team/app"))
                // Each of two targets has to be covered, in either way.
                #expect(try covers(kind, path, forwarded: path) == isItsOwn)
                #expect(try covers(kind, path, forwarded: "/v2/team/app/x") == isItsOwn)
                #expect(try !covers(kind, path, forwarded: "/v2/other/x"))
                #expect(try !covers(kind, "/v2/other/x", forwarded: path))
                #expect(try !covers(kind, path, forwarded: ""))
            }
        }
        #expect(try !covers(kind, nil))
        #expect(try covers(kind, "/v2/team/app/tags/list"))
    }

    @Test(
        "are whole paths and no others",
        arguments: [
            "/v2", "//v2/", "/v2//", "/v2/x", "/v2/_catalog", "/V2/", "/v2/.", "/v2/..", "/./v2/",
            "/x/../v2/",
            "/v2%2f", "/%2fv2/", "/v2/;", "/v2;/", "/v2/#", "/v2/%3f", "/v2/%00", "/v2/%20", "v2/", "/v2\\",
            "/v1/",
            "/v2/token", "/", "", "*", "http://host/v2/", "/-/whoami/", "/-/whoami/x", "/-/user", "/-/ping/x",
            "/-/",
            "/-/npm/v1/tokens", "/config.json/", "/config.json2", "/config.jso", "/Config.json", "/me",
            "/index.json",
        ])
    func wholePath(target: String) throws {
        for kind in Service.Kind.allCases {
            #expect(try !covers(kind, target), "\(kind)")
            #expect(try !covers(kind, target + "?/v2/"), "\(kind)")
        }
    }

    @Test("are allowed with any query, and in any unambiguous encoding")
    func queries() throws {
        #expect(try covers(.npm, "/-/ping?write=true"))
        #expect(try covers(.docker, "/v2/?x=../y"))
        #expect(try covers(.docker, "/%762/"))
        #expect(try covers(.cargo, "/config%2ejson"))
    }

    // MARK: Blobs mounted from another repository

    @Test(
        "a blob is mounted from what may be read, named once and unambiguously",
        arguments: [
            ("", true), ("mount=sha256:abc", true), ("mount=sha256%3Aabc&from=team%2Fapp", true),
            ("from=team/app&mount=x", true), ("from=team%2fapp", true), ("from=te%61m/app/sub", true),
            ("_state=x&digest=sha256%3Aabc", true), ("from=base", true), ("from=base%2Fimage&x=1", true),
            ("from=other", false), ("from=team/other", false), ("from=team/app2", false),
            ("from=team", false),
            ("from=", false), ("from", false), ("from=team/app&from=other", false),
            ("from=base&from=base", false),
            ("from=team/app;from=other", false), ("x=1;from=other", false), ("FROM=team/app", false),
            ("fro%6d=other", false), ("fro%6d=team/app", false), ("%66rom=other", false), ("x[]=1", false),
            ("from=/team/app", false), ("from=team/app/", false), ("from=team//app", false),
            ("from=team/app/../other", false), ("from=team/app%2f..%2fother", false),
            ("from=team%252fapp", false),
            ("from=team/app%00", false), ("from=team/app+x", false), ("from=team/app%", false),
            ("from=team/app%3bx", false), ("from=team\\app", false), ("from=team/app#", false),
            ("from=base,other", false),
            ("from=team/app?x", false), ("?from=other", false), ("from=team/app./x", false),
            ("from=base%20", false),
            ("from=v2/team/app", false), ("from=../team/app", false),
        ])
    func mounts(query: String, isCovered: Bool) throws {
        let scopes = "reg:write:/v2/team/app reg:read:/v2/base"
        let target = "/v2/team/app/blobs/uploads/?\(query)"
        #expect(try covers(.docker, target, scopes: scopes, .write, isFetch: false) == isCovered)
        #expect(try covers(.docker, target, scopes: scopes) == isCovered)
        #expect(
            try covers(.docker, "/a\(target)", scopes: scopes, url: "https://host/a", .write) == isCovered)
        // The path still has to be covered, and other kinds of services do not look at it.
        #expect(try !covers(.docker, "/v2/base/blobs/uploads/?\(query)", scopes: scopes, .write))
        #expect(try covers(.http, target, scopes: scopes, .write))
        // A token that may read everything may mount everything.
        #expect(try covers(.docker, target, scopes: "reg:write:/v2/team/app reg:read", .write))
        #expect(try covers(.docker, "/v2/?\(query)", scopes: scopes) == isCovered)
    }

    @Test("both of two targets are checked for what is mounted")
    func mountsTwice() throws {
        let (good, bad) = ("/v2/team/app/x?from=team/app", "/v2/team/app/x?from=other")
        #expect(try covers(.docker, good, .write, forwarded: good))
        #expect(try !covers(.docker, good, .write, forwarded: bad))
        #expect(try !covers(.docker, bad, .write, forwarded: good))
    }

    // MARK: npm's names

    @Test(
        "npm's @scope%2fname is /@scope/name",
        arguments: [
            ("/@team%2fapp", true), ("/@team%2Fapp", true), ("/@team/app", true), ("/@te%61m%2fapp", true),
            ("/%40team%2fapp", true), ("/@team%2fapp/-/app-1.0.0.tgz", true),
            ("/@team%2fapp?write=true", true),
            ("/@team%2fapp/", true), ("/@team%2fapp2", false), ("/@team%2fother", false),
            ("/@team%2f", false),
            ("/@team%2f?x=app", false), ("/@%2fapp", false), ("/%2fapp", false), ("/team%2fapp", false),
            ("/@team%2fapp%2f..", false), ("/@team%2fapp%2fx", false), ("/@team%2f..%2fapp", false),
            ("/@team%2f../@team/app", false), ("/@team%2f%2fapp", false), ("/@team%2f/app", false),
            ("/@team/%2fapp", false), ("/@team%252fapp", false), ("/@team%5capp", false),
            ("/@team\\app", false),
            ("/x/@team%2fapp", false), ("//@team%2fapp", false), ("/@team;%2fapp", false),
            ("/@team.%2fapp", false),
            ("/@team%2f.", false), ("/@team%2fapp.", false), ("/@team%2fapp/../other", false),
            ("/@team/app%2fx", false),
            ("@team%2fapp", false), ("/@team%2fapp%00", false), ("/@team%2", false),
        ])
    func npm(target: String, isCovered: Bool) throws {
        #expect(try covers(.npm, target, scopes: "reg:read:/@team/app") == isCovered)
        #expect(
            try covers(.npm, "/npm\(target)", scopes: "reg:read:/@team/app", url: "https://h/npm/")
                == isCovered)
        #expect(try !covers(.npm, target, scopes: "reg:read:/@team/ap"))
        if target.contains("%2") {
            for kind in Service.Kind.allCases where kind != .npm {
                #expect(try !covers(kind, target, scopes: "reg:read:/@team/app"), "\(kind)")
            }
        }
    }

    @Test("a token for an npm scope covers each package of it")
    func npmScope() throws {
        #expect(try covers(.npm, "/@team%2fapp", scopes: "reg:write:/@team", .write))
        #expect(try !covers(.npm, "/@team2%2fapp", scopes: "reg:/@team"))
        #expect(try !covers(.npm, "/@team%2fapp", scopes: "reg:/@team2"))
    }
}

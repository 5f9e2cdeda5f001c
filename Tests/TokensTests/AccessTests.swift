import Testing
import Tokens

@Suite("Read or write")
struct AccessTests {
    private func access(_ method: String, _ target: String, _ kind: Service.Kind) -> Access {
        Access(method: Array(method.utf8).span, target: Array(target.utf8).span, kind: kind)
    }

    @Test(
        "methods that only read, and all others",
        arguments: [
            ("GET", Access.read), ("HEAD", .read), ("OPTIONS", .read), ("PROPFIND", .read), ("REPORT", .read),
            ("QUERY", .read), ("SEARCH", .read), ("query", .write), ("Search", .write), ("SEARCHX", .write),
            ("PUT", .write), ("POST", .write), ("PATCH", .write), ("DELETE", .write), ("MKCOL", .write),
            ("MOVE", .write), ("COPY", .write), ("LOCK", .write), ("PROPPATCH", .write), ("TRACE", .write),
            ("BREW", .write), ("", .write), ("get", .write), ("Get", .write), ("GETX", .write),
            ("GE", .write),
            (" GET", .write), ("GET\0", .write),
        ])
    func methods(method: String, expected: Access) {
        #expect(access(method, "/any/path?x=1", .http) == expected)
        #expect(access(method, "", .http) == expected)
        #expect(access(method, "/repo.git/HEAD", .git) == expected)
    }

    @Test("an http service knows nothing of Git")
    func http() {
        #expect(access("POST", "/repo.git/git-upload-pack", .http) == .write)
        #expect(access("GET", "/repo.git/info/refs?service=git-receive-pack", .http) == .read)
    }

    @Test(
        "a clone and a fetch read",
        arguments: [
            ("GET", "/repo.git/info/refs?service=git-upload-pack"),
            ("POST", "/repo.git/git-upload-pack"),
            ("POST", "/git-upload-pack"),
            ("POST", "/a%20group/r%C3%A9po.git/git-upload-pack"),
            ("POST", "/repo.git/git-upload-pack?x=1"),
            ("GET", "/repo.git/info/refs"),
            ("GET", "/repo.git/info/refs?"),
            ("GET", "/repo.git/info/refs?x=1&service=git-upload-pack"),
            ("GET", "/repo.git/objects/info/packs"),
            ("HEAD", "/repo.git/HEAD"),
            ("POST", "/repo.git/git-upload-archive"),
            ("POST", "/git-upload-archive?x=1"),
            // Names that begin with a dot, and dots that are encoded.
            ("POST", "/org/.github.git/git-upload-pack"),
            ("POST", "/.dotfiles.git/git-upload-pack"),
            ("POST", "/..x/.y.git/git-upload-archive"),
            ("POST", "/org/%2egithub%2Egit/git-upload-pack"),
            ("GET", "/org/.github.git/info/refs?service=git-upload-pack"),
            ("QUERY", "/repo.git/info/refs?service=git-upload-pack"),
        ])
    func gitReads(method: String, target: String) {
        #expect(access(method, target, .git) == .read)
    }

    @Test(
        "a query says nothing of Git but at the refs",
        arguments: [
            "/api/v4/projects?x[]=1", "/search?service=wiki", "/?service=git-receive-pack",
            "/r.git/HEAD?a.b=1&a.b=2",
            "/api?%73ervice=x", "/r/info/refs2?service=x", "/r/info/refs/heads?service=x", "/info?service",
            "/xinfo/refs?service=x", "/r/info/.refs?a[b]=c", "/a%20b/c?d[]=%zz", "/?", "/r?;;&&",
            "/inforefs?service=x",
        ])
    func otherQueries(target: String) {
        #expect(access("GET", target, .git) == .read)
        #expect(access("HEAD", target, .git) == .read)
        #expect(access("POST", target, .git) == .write)
    }

    @Test(
        "at the refs, however they are written, only a fetch's query reads",
        arguments: [
            "/r/info/refs", "/info/refs", "/r/info%2frefs", "/r/info/ref%73", "/r/%69nfo/refs",
            "/r/INFO/refs",
            "/r/info/Refs", "/r/info/refs/", "/r/info/ref%53/", "/r//info/refs", "/r/info/refs/.",
            "/r/info//refs",
            "/r/./info/refs", "/x/../r/info/refs", "/r\\info/refs", "/r/info/refs;x", "/r/info/refs%3bx",
            "/r/info/refs#x", "/r/info/refs%00", "/r/info/refs%20", "/r/info/refs.", "/r%ff/info/refs",
            // Any path that can be read in two ways.
            "//r", "/a/../b", "/a;b", "/a%2fb", "r", "",
        ])
    func refs(path: String) {
        for query in [
            "service=git-receive-pack", "service=wiki", "x[]=1", "service", "SERVICE=git-upload-pack",
        ] {
            #expect(access("GET", "\(path)?\(query)", .git) == .write, "\(query)")
            #expect(access("QUERY", "\(path)?\(query)", .git) == .write, "\(query)")
        }
        #expect(access("GET", "\(path)?service=git-upload-pack", .git) == .read)
        #expect(access("GET", "\(path)?x=1", .git) == .read)
    }

    @Test(
        "a push writes",
        arguments: [
            ("GET", "/repo.git/info/refs?service=git-receive-pack"),
            ("POST", "/repo.git/git-receive-pack"),
            ("GET", "/repo.git/git-receive-pack"),
            ("POST", "/repo.git/info/lfs/objects/batch"),
            ("PUT", "/repo.git/git-upload-pack"),
            ("PUT", "/repo.git/objects/aa/bb"),
        ])
    func gitWrites(method: String, target: String) {
        #expect(access(method, target, .git) == .write)
    }

    @Test(
        "a push that dresses up as a fetch writes",
        arguments: [
            // The service behind may see another path than the one that ends so well.
            ("POST", "/repo.git/git-receive-pack#/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack;/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack?/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%3F/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%23/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%3b/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%00/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%0a/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%7f/git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack\\git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack%5c../git-upload-pack"),
            ("POST", "/repo.git/git-receive-pack //git-upload-pack"),
            ("POST", "/x/../repo.git/git-upload-pack"),
            ("POST", "/x/%2e%2e/repo.git/git-upload-pack"),
            ("POST", "/x/.%2E/repo.git/git-upload-pack"),
            ("POST", "/x%2f..%2frepo.git/git-upload-pack"),
            ("POST", "/x%252f/git-upload-pack"),
            ("POST", "/x%/git-upload-pack"),
            ("POST", "/x%2/git-upload-pack"),
            ("POST", "/x%zz/git-upload-pack"),
            ("POST", "/./git-upload-pack"),
            ("POST", "//git-upload-pack"),
            ("POST", "/repo.git//git-upload-pack"),
            ("POST", "/repo.git/git-upload-pack/"),
            ("POST", "/repo.git/git-upload-pack%00"),
            ("POST", "/repo.git/git-upload-pac%6b"),
            ("POST", "/repo.git/GIT-UPLOAD-PACK"),
            ("POST", "git-upload-pack"),
            ("POST", "/repo.git/git-upload-archive/"),
            ("POST", "/repo.git/git-upload-archiv%65"),
            ("POST", "/repo.git%2fgit-upload-archive"),
            ("POST", "/repo.git//git-upload-archive"),
            ("POST", "/x/../git-upload-archive"),
            ("POST", "/xgit-upload-archive"),
            // What some servers cut off, or read in two ways.
            ("POST", "/repo.git/git-receive-pack./git-upload-pack"),
            ("POST", "/repo.git./git-upload-pack"),
            ("POST", "/repo.git%20/git-upload-pack"),
            ("POST", "/.../git-upload-pack"),
            ("POST", "/r%ff/git-upload-pack"),
            ("POST", "/r%c0%ae/git-upload-pack"),
            ("POST", "/r%c2%85/git-upload-pack"),
            ("post", "/repo.git/git-upload-pack"),
            ("POST", ""),
            // And the query may be read by other rules than ours.
            ("GET", "/r/info/refs?service=git-upload-pack&service=git-receive-pack"),
            ("GET", "/r/info/refs?service=git-receive-pack&service=git-upload-pack"),
            ("GET", "/r/info/refs?service=git-upload-pack;service=git-receive-pack"),
            ("GET", "/r/info/refs?x=1;service=git-receive-pack"),
            ("GET", "/r/info/refs?servic%65=git-receive-pack"),
            ("GET", "/r/info/refs?%73ervice=git-upload-pack"),
            ("GET", "/r/info/refs?service=git%2Dreceive-pack"),
            ("GET", "/r/info/refs?service=git-upload-pack%00"),
            ("GET", "/r/info/refs?Service=git-receive-pack"),
            ("GET", "/r/info/refs?SERVICE=git-upload-pack"),
            ("GET", "/r/info/refs?service"),
            ("GET", "/r/info/refs?service="),
            ("GET", "/r/info/refs?service=git-upload-pack#"),
            ("GET", "/r/info/refs??service=git-receive-pack"),
            ("GET", "/r/info/refs#?service=git-receive-pack"),
            ("GET", "/r/info/refs?&&service=git-receive-pack"),
            ("get", "/r/info/refs?service=git-upload-pack"),
        ])
    func disguised(method: String, target: String) {
        #expect(access(method, target, .git) == .write)
    }
}

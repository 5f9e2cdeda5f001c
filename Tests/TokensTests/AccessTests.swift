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
        ])
    func gitReads(method: String, target: String) {
        #expect(access(method, target, .git) == .read)
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

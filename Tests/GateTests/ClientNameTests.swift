import Testing

@testable import Gate

@Suite("The name of a client")
struct ClientNameTests {
    @Test(
        "is what a person would say",
        arguments: [
            ("Apache-Maven/3.8.7 (Java 17.0.15; Linux 6.1.0)", "Maven 3.8.7"),
            ("git/2.39.5", "Git 2.39.5"),
            ("git/2.45.1.windows.1", "Git 2.45.1"),
            ("git-lfs/3.3.0 (GitHub; linux amd64)", "Git LFS 3.3.0"),
            ("JGit/6.4.0", "JGit 6.4.0"),
            ("curl/7.88.1", "curl 7.88.1"),
            ("Wget/1.21.3", "Wget 1.21.3"),
            ("pip/23.0.1 {\"ci\":null}", "pip 23.0.1"),
            ("npm/10.8.2 node/v20.20.2 linux x64 workspaces/false", "npm 10.8.2"),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "cargo"),
            ("Gradle/8.5 (Linux;6.1;amd64)", "Gradle 8.5"),
            ("docker/28.2.2 go/go1.24", "Docker 28.2.2"),
            ("Go-http-client/1.1", "a Go program 1.1"),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
            ("gitea/1.0", "gitea 1.0"),
            ("acme-deploy/4.2 (host=build-3)", "acme-deploy 4.2"),
            ("\u{1B}[31mred/1", "[31mred 1"),
            ("", "an unnamed client"),
            ("   ", "an unnamed client"),
            ("(nothing but a comment)", "an unnamed client"),
        ])
    func names(_ agent: String, _ name: String) {
        #expect(ClientName.of(userAgent: agent) == name)
    }

    @Test("has a bound, whatever is sent")
    func bounded() {
        #expect(ClientName.of(userAgent: String(repeating: "x", count: 10_000)).count == 60)
        #expect(ClientName.of(userAgent: "curl/" + String(repeating: "1", count: 10_000)).count == 25)
    }
}

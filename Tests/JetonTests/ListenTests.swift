import HTTPServer
import TestHouse
import Testing
import Tokens

@testable import jeton

/// The configuration of a file's text and a flag.
private func read(_ text: String, listen: String? = nil) throws(ConfigurationFaults) -> Configuration {
    var reader = ConfigurationReader()
    reader.read(file: "jeton.yaml", Array(text.utf8))
    if let listen { reader.read(flag: "--listen", key: "listen", value: listen) }
    return try reader.finish()
}

@Suite("Listening at a socket")
struct ListenTests {
    private static let socket = "listen: unix:/run/jeton/gate.sock\n"
    private static let url = "public_url: https://tokens.example.com\n"

    @Test("is a path, with permissions")
    func path() throws {
        let plain = try read(Self.socket + Self.url)
        #expect(plain.listen == .unix(path: "/run/jeton/gate.sock"))
        #expect(plain.listen.description == "unix:/run/jeton/gate.sock")
        #expect(plain.listenFile == LocalServer.SocketPermissions(mode: 0o660))
        #expect(plain.publicURL.description == "https://tokens.example.com")
        #expect(plain.nodeName == "\(ProcessSettings.hostName):/run/jeton/gate.sock")
        #expect(plain.warnings(at: Clock.system.now) == [])

        let shared = try read(
            Self.socket + Self.url + "listen_mode: \"0666\"\nlisten_group: www-data\n")
        #expect(shared.listenFile == LocalServer.SocketPermissions(mode: 0o666, group: "www-data"))

        var environment = ConfigurationReader()
        environment.read(environment: [
            "JETON_LISTEN": "unix:/run/j.sock", "JETON_LISTEN_MODE": "0600",
            "JETON_LISTEN_GROUP": "proxies", "JETON_PUBLIC_URL": "https://tokens.example.com",
        ])
        let read = try environment.finish()
        #expect(read.listen.path == "/run/j.sock")
        #expect(read.listenFile == LocalServer.SocketPermissions(mode: 0o600, group: "proxies"))
    }

    @Test("metrics have an address of their own then")
    func metrics() throws {
        let configuration = try read(Self.socket + Self.url + "metrics: { listen: 127.0.0.1:9464 }\n")
        #expect(!configuration.servesMetricsBesideDesk)
        #expect(try read("metrics: { listen: 127.0.0.1:8080 }\n").servesMetricsBesideDesk)
        #expect(try !read("").servesMetricsBesideDesk)
    }

    private static let socketAndURL: String = socket + url
    private static let long: String = String(repeating: "x", count: 107)

    private static let misfits: [(text: String, expected: String)] = [
        (
            "listen: unix:gate.sock\n\(url)",
            "jeton.yaml:1:9: `listen`: expected the absolute path of a socket such as /run/jeton/gate.sock, found “gate.sock”"
        ),
        (
            "listen: unix:/run/jeton/\n\(url)",
            "jeton.yaml:1:9: `listen`: expected the absolute path of a socket such as /run/jeton/gate.sock, found “/run/jeton/”"
        ),
        (
            "listen: \"unix:\"\n\(url)",
            "jeton.yaml:1:9: `listen`: expected the absolute path of a socket such as /run/jeton/gate.sock, found nothing"
        ),
        (
            "listen: unix:/\(long)\n\(url)",
            "jeton.yaml:1:9: `listen`: the path of a socket has at most 107 bytes (unix(7)), and this one has 108: use a shorter one, such as /run/jeton/gate.sock"
        ),
        (
            socket,
            "jeton.yaml:1:9: `public_url` is required if `listen` is a socket: it is the proxy's address, such as https://tokens.example.com"
        ),
        (
            "listen_mode: \"0660\"\n",
            "jeton.yaml:1:14: `listen_mode` is for a socket, and `listen` is 127.0.0.1:8080: remove it, or listen at one such as unix:/run/jeton/gate.sock"
        ),
        (
            socketAndURL + "listen_mode: \"0777\"\n",
            "jeton.yaml:3:14: `listen_mode`: expected 0600, 0660 or 0666, found “0777”"
        ),
        (
            socketAndURL + "metrics: { listen: \"unix:/run/m.sock\" }\n",
            "jeton.yaml:3:20: `metrics.listen`: metrics are served at an address and a port, such as 127.0.0.1:9464, and not at a socket"
        ),
    ]

    @Test("what does not fit is an error with its place, and says what to do", arguments: misfits)
    func faults(text: String, expected: String) {
        do throws(ConfigurationFaults) {
            _ = try read(text)
            Issue.record("it was accepted")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test("TLS is the proxy's")
    func tls() throws {
        let files = try TestCertificates()
        try files.make("own")
        let text = "tls: { certificate: \(files.path("own.pem")), key: \(files.path("own.key")) }\n"
        do throws(ConfigurationFaults) {
            _ = try read(Self.socketAndURL + text)
            Issue.record("it was accepted")
        } catch {
            #expect(
                error.description
                    == "jeton.yaml:3:21: `tls.certificate` has no use at a socket, where the proxy speaks TLS with the "
                    + "clients: remove `tls`, or listen at an address and a port")
        }
    }

    @Test("a flag that lacks an address for people says so")
    func flag() {
        do throws(ConfigurationFaults) {
            _ = try read("", listen: "unix:/run/jeton/gate.sock")
            Issue.record("it was accepted")
        } catch {
            #expect(error.description.hasPrefix("--listen: `public_url` is required if `listen` is a socket"))
        }
    }

    @Test("a socket whose clients would cross the network unencrypted, or without a folder, is warned of")
    func warnings() throws {
        let now = Clock.system.now
        let plain = try read(Self.socket + "public_url: http://tokens.example.com\n")
        #expect(
            plain.warnings(at: now).map { $0.hasPrefix("`public_url` is http://tokens.example.com:") } == [
                true
            ])
        #expect(try read(Self.socket + "public_url: http://localhost:8080\n").warnings(at: now) == [])
        let nowhere = try read("listen: unix:/nowhere/gate.sock\n" + Self.url)
        #expect(
            nowhere.socketWarnings.map { $0.contains("there is no folder /nowhere: create it") } == [true])
        #expect(try read("listen: unix:/tmp/no-such-gate.sock\n" + Self.url).socketWarnings == [])
        #expect(try read("").socketWarnings == [])
    }

    @Test(
        "descriptors of the service manager are those for this process alone",
        arguments: [
            (["LISTEN_PID": "7", "LISTEN_FDS": "1"], 3..<4),
            (["LISTEN_PID": "7", "LISTEN_FDS": "2"], 3..<5),
            (["LISTEN_PID": "8", "LISTEN_FDS": "1"], 3..<3),
            (["LISTEN_FDS": "1"], 3..<3),
            (["LISTEN_PID": "7"], 3..<3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "0"], 3..<3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "-1"], 3..<3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "many"], 3..<3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "2147483647"], 3..<3),
            ([:], 3..<3),
        ] as [([String: String], Range<Int32>)])
    func descriptors(environment: [String: String], expected: Range<Int32>) {
        #expect(ServiceManager.passedDescriptors(environment, to: 7) == expected)
    }

    @Test("something that is no listening socket is refused, with what to do")
    func passed() throws {
        #expect(
            throws: CommandFailure.misused(
                "systemd passes something else than a stream socket that listens at an address or a path: use "
                    + "ListenStream= in jeton.socket")
        ) { try PassedSockets(2_000_000..<2_000_001, for: Configuration()) }
        #expect(try PassedSockets(3..<3, for: Configuration())[.unix(path: "/run/jeton/gate.sock")] == nil)
    }
}

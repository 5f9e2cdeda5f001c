import Foundation
import JSON
import Testing
import Tokens

@testable import jeton

@Suite("The operator's commands")
struct OperatorTests {
    let desk: Operator

    init() throws {
        desk = try Operator()
    }

    /// The filters of the inventory find alice's token, or do not.
    private func filters(_ id: String) async throws {
        for flags in [
            ["--search", id], ["--search", "ALI"], ["--allows", "git"], ["--state", "active"],
            ["--kind", "person"],
            ["--created-from", "2020-01-31", "--sort", "name", "--user", "Alice"],
        ] {
            #expect(try await desk.run(["token", "list", "--json"] + flags).contains(id), "\(flags)")
        }
        for flags in [
            ["--search", "bob"], ["--service", "git"], ["--state", "revoked", "--state", "expired"],
            ["--kind", "account"], ["--created-until", "2020-01-31"], ["--finding", "old-secret"],
            ["--address", "10.0.0.0/8"], ["--client", "git"], ["--used-from", "2020-01-31"],
        ] {
            #expect(try await desk.run(["token", "list", "--json"] + flags) == "[]\n", "\(flags)")
        }
        #expect(
            await desk.failure("token", "list", "--used-from", "yesterday", "--sort", "size")
                == .failed(
                    "--used-from must be a date such as 2026-01-31, or a moment such as 2026-01-31T08:05:00Z; "
                        + "--sort must be one of newest, oldest, name, owner, last-use, least-used, expiry, "
                        + "not “size”."))
    }

    @Test("without a server: the life of a token", .timeLimit(.minutes(5)))
    func atRest() async throws {
        try await life()
    }

    @Test("with a server: the life of a token", .timeLimit(.minutes(5)))
    func serving() async throws {
        let configuration = try configuration
        let signals = EndSignals()
        let server = try ServerRun(configuration, data: DataFolder(desk.data))
        let (ready, started) = AsyncStream<String>.makeStream()
        async let served: Void = server.run(until: signals) { started.yield($0) }
        for await greeting in ready {
            #expect(greeting.contains("/welcome?code="))
            break
        }
        try await life()
        let second = #expect(throws: CommandFailure.self) {
            try ServerRun(configuration, data: DataFolder(desk.data))
        }
        #expect(
            second
                == .failed(
                    "another jeton process already uses \(desk.data): stop it, or name another folder with --data"
                ))
        signals.raise()
        try await served
        #expect(!FileManager.default.fileExists(atPath: desk.data + "/jeton.sock"))
    }

    @Test("while the server drains: the same, until a second signal", .timeLimit(.minutes(5)))
    func draining() async throws {
        var configuration = try configuration
        configuration.stop.drain = .hours(1)
        let signals = EndSignals()
        let server = try ServerRun(configuration, data: DataFolder(desk.data))
        let (ready, started) = AsyncStream<String>.makeStream()
        let (told, draining) = AsyncStream<TimeSpan>.makeStream()
        async let served: Void = server.run(until: signals) {
            started.yield($0)
        } draining: {
            draining.yield($0)
        }
        for await _ in ready { break }
        #expect(try await desk.run("ready") == "ready\n")
        signals.raise()
        for await time in told {
            #expect(time == .seconds(3610))
            break
        }
        while await desk.failure("ready") == nil { await Task.yield() }
        #expect(
            await desk.failure("ready")
                == .failed(
                    "the server on \(desk.data) is not ready: draining: this node is about to stop; ask another"
                ))
        try await life()
        signals.raise()
        try await served
        #expect(!FileManager.default.fileExists(atPath: desk.data + "/jeton.sock"))
    }

    /// The configuration of the server.
    private var configuration: Configuration {
        get throws {
            var configuration = Configuration()
            configuration.listen = .tcp(Endpoint(address: .loopback, port: 0))
            configuration[try ServiceName("git")].kind = .git
            configuration[try ServiceName("git")].paths = [try #require(PathPattern("/*/*.git"))]
            return configuration
        }
    }

    private func life() async throws {
        #expect(
            try await desk.run("user", "add", "alice", "--name", "Alice A", "--admin", "--create-ledger")
                == "added alice\n")
        #expect(await desk.failure("user", "add", "Alice") == .failed("LOGIN is already taken."))
        let secret = try await desk.run(
            "token", "create", "--user", "alice", "--name", "ci", "--scope", "git:read:/team/app.git",
            "--from",
            "10.0.0.1/8", "--from=::1")
        #expect(TokenFormat.standard.parse(String(secret.dropLast())) != nil)
        #expect(
            await desk.failure("token", "create", "--user", "alice", "--name", "CI")
                == .failed(
                    "--name is taken by another active token: choose another, or revoke that one first."))
        let listed = try await desk.run("token", "list", "--user", "alice", "--json")
        let tokens = try JSONValue(parsing: Array(listed.utf8)).array ?? []
        #expect(tokens.count == 1)
        #expect(tokens.first?["scopes"] == ["git:read:/team/app.git"])
        #expect(tokens.first?["addresses"] == ["10.0.0.0/8", "::1"])
        #expect(
            await desk.failure("token", "create", "--user", "alice", "--name", "x", "--from", "home")
                == .failed(
                    "“home” is not an IP address or range: use one such as 10.0.0.0/8 or 2001:db8::/32."
                ))
        #expect(tokens.first?["owner"] == "alice")
        #expect(tokens.first?["created_through"] == "command_line")
        let id = try #require(tokens.first?["id"]?.string)
        #expect(
            try await desk.run("token", "list").hasPrefix(
                "ID             USER   NAME  SCOPES                  FROM            STATE   CREATED"))
        try await filters(id)
        try await rotation(id)
        #expect(
            try await desk.run("token", "revoke", "--user", "alice", "--name", "ci") == "revoked ci (\(id))\n"
        )
        #expect(try await desk.run("token", "revoke", "--id", id) == "revoked ci (\(id))\n")
        #expect(
            await desk.failure("token", "revoke", "--user", "alice", "--name", "ci")
                == .failed("There is no such token: alice has no active token called “ci”."))
        #expect(try await desk.run("token", "list", "--json") == "[]\n")
        #expect(try await desk.run("token", "list", "--all").contains("revoked"))
        try await roles()
        #expect(try await desk.run("user", "suspend", "ALICE") == "suspended alice\n")
        #expect(try await desk.run("user", "list").contains("suspended"))
        #expect(try await desk.run("user", "resume", "alice") == "resumed alice\n")
        #expect(try await desk.run("user", "passwd", "alice") == "changed the password of alice\n")
        #expect(
            await desk.failure("user", "passwd", "alice", password: "short")
                == .failed("The password must have at least 8 characters."))
        for (password, said) in [
            ("Password123", "This password is one of the first that attackers try: "),
            ("my name is Alice", "The password must not contain the login: "),
        ] {
            #expect(
                await desk.failure("user", "passwd", "alice", password: password)
                    == .failed(said + "choose a longer one, such as four unrelated words."))
        }
        #expect(
            await desk.failure("user", "add", "bob", password: "letmein123")
                == .failed(
                    "This password is one of the first that attackers try: choose a longer one, such as four "
                        + "unrelated words."))
        #expect(
            await desk.failure("user", "suspend", "bob") == .failed("There is nobody with the login “bob”."))
        #expect(try await desk.run("passwords", "report").contains("Nobody has used a password since 20"))
        #expect(
            try await desk.run("passwords", "report", "--csv", "--since", "4w", "--service", "git")
                == "login,name,service,client,address,times,last\r\n")
        #expect(try await desk.run("passwords", "report", "--json").contains(#""uses":[]"#))
        #expect(
            await desk.failure("passwords", "report", "--since", "yesterday")
                == .misused(
                    "--since takes a time such as 30d or 12h, or a day such as 2027-01-31, not “yesterday”"))
        #expect(
            await desk.failure("passwords", "report", "--csv", "--json")
                == .misused("--csv and --json cannot be combined"))
        try await serviceAccounts()
        try await people()
        let copy = desk.folder + "/copy.db"
        #expect(try await desk.run("backup", copy) == "backed up to \(copy)\n")
        #expect(
            await desk.failure("backup", copy)
                == .failed("The backup was not written: \(copy): the file already exists."))
    }

    /// Rotates, pauses, and ends the previous secret of alice's token `ci`, and leaves it as it was but for its secret.
    private func rotation(_ id: String) async throws {
        let secret = try await desk.run(
            "token", "rotate", "--user", "alice", "--name", "CI", "--overlap", "24h")
        #expect(TokenFormat.standard.parse(String(secret.dropLast())) != nil)
        #expect(
            await desk.failure("token", "rotate", "--id", id)
                == .failed(
                    "This token is being rotated: end its previous secret first, or wait until it ends."))
        let shown = try await desk.run("token", "show", "--id", id)
        for line in [
            "id         \(id)\n", "owner      alice\n", "state      active\n",
            "scopes     git:read:/team/app.git\n", "from       10.0.0.0/8 ::1\n", "expires    never\n",
            "last used  never\n", "\nprevious secret \(id): works until ", "\n  nothing has used it\n",
            "\nNothing has used it in the last 30 days.\n",
        ] {
            #expect(shown.contains(line), "\(line) in \(shown)")
        }
        #expect(try await desk.run("token", "show", "--id", id, "--json").contains(#""previous_secrets":[{"#))
        #expect(
            try await desk.run("token", "revoke", "--previous", "--id", id)
                == "ended the previous secret of ci (\(id))\n")
        #expect(
            try await desk.run("token", "revoke", "--previous", "--user", "alice", "--name", "ci")
                == "no previous secret of ci (\(id)) works\n")
        #expect(
            try await desk.run("token", "pause", "--id", id, "--for", "15m").hasPrefix(
                "paused ci (\(id)) until 20"))
        let paused = try await desk.run("token", "show", "--id", id)
        #expect(paused.contains("state      paused until 20"))
        #expect(paused.contains("paused     by administrator since 20"))
        #expect(
            await desk.failure("token", "pause", "--id", id, "--for", "31d")
                == .failed("--for must be from 60 to 2592000 (30 days)."))
        #expect(try await desk.run("token", "resume", "--id", id) == "resumed ci (\(id))\n")
        #expect(
            await desk.failure("token", "show", "--user", "alice", "--name", "none")
                == .failed("There is no such token: alice has no active token called “none”."))
        #expect(
            await desk.failure("token", "show", "--id", "x")
                == .failed("There is no such token: “x” is not a token id."))
    }

    /// Alice is the only administrator at first, and one of two at the end.
    private func roles() async throws {
        let last =
            "alice is the last administrator of this desk who can sign in: make someone else an administrator first."
        for verb in ["suspend", "demote"] {
            #expect(await desk.failure("user", verb, "alice") == .failed(last))
        }
        #expect(
            await desk.failure("invite")
                == .failed(
                    "This desk has or had an administrator, so there is no link to the first one's account: use "
                        + "`jeton user promote LOGIN` or `jeton user add LOGIN --admin`."))
        #expect(
            try await desk.run("user", "add", "dave", "--group", "qa", "--group", "ops") == "added dave\n")
        #expect(try await desk.run("user", "groups", "dave") == "dave is in qa, ops\n")
        #expect(
            try await desk.run("user", "groups", "dave", "--add", "sre", "--remove=qa")
                == "dave is in ops, sre\n")
        #expect(try await desk.run("user", "list").contains("ops, sre"))
        #expect(
            try await desk.run("user", "groups", "dave", "--remove", "ops", "--remove", "sre")
                == "dave is in no group\n")
        #expect(
            await desk.failure("user", "groups", "dave", "--add", "a,b")
                == .failed(
                    "“a,b” is not a group name: use 1 to 200 bytes without a comma and without spaces "
                        + "around it."))
        #expect(try await desk.run("user", "suspend", "dave") == "suspended dave\n")
        #expect(
            await desk.failure("user", "promote", "dave")
                == .failed("dave is suspended: resume the account first."))
        #expect(try await desk.run("user", "resume", "dave") == "resumed dave\n")
        #expect(try await desk.run("user", "promote", "dave") == "promoted dave\n")
        #expect(try await desk.run("user", "demote", "alice") == "demoted alice\n")
        #expect(try await desk.run("user", "promote", "alice") == "promoted alice\n")
    }

    @Test("only the owner can read the data folder and what is in it")
    func permissions() async throws {
        umask(0o077)
        _ = try await desk.run("user", "add", "alice", "--create-ledger")
        #expect(try Files.permissions(of: desk.data)?.mode == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: desk.data) {
            #expect(try Files.permissions(of: "\(desk.data)/\(name)")?.mode == 0o600)
        }
    }

    @Test("a key that other users can read, or of the wrong size, is refused")
    func key() async throws {
        let folder = DataFolder(desk.data)
        try folder.prepare()
        _ = try folder.key()
        let path = desk.data + "/jeton.key"
        #expect(FileManager.default.contents(atPath: path)?.count == 32)
        chmod(path, 0o640)
        #expect(
            await desk.failure("user", "add", "a", "--create-ledger")
                == .failed("other users can read \(path): chmod 600 \(path)"))
        chmod(path, 0o600)
        try Data([1, 2, 3]).write(to: URL(filePath: path))
        #expect(
            await desk.failure("user", "add", "a", "--create-ledger")
                == .failed(
                    "\(path) must have 32 bytes: restore it, or remove it to have a new one created (open pages must then be reloaded)"
                ))
    }

    @Test("a folder that other users can write to is refused")
    func looseFolder() async throws {
        try FileManager.default.createDirectory(atPath: desk.data, withIntermediateDirectories: true)
        chmod(desk.data, 0o777)
        #expect(
            await desk.failure("user", "add", "a", "--create-ledger")
                == .failed("other users can write to \(desk.data): chmod 700 \(desk.data)"))
    }

    @Test("reading creates no ledger")
    func noLedger() async throws {
        try FileManager.default.createDirectory(atPath: desk.data, withIntermediateDirectories: true)
        chmod(desk.data, 0o700)
        #expect(
            await desk.failure("user", "list")
                == .failed(
                    "there is no ledger \(desk.data)/jeton.db: name the right data folder with --data or JETON_DATA; to create a new ledger, use `jeton serve` or `jeton user add --create-ledger`"
                )
        )
    }
}

import Testing

@testable import jeton

extension OperatorTests {
    /// The life of erin: renamed, signed out, and removed.
    func people() async throws {
        _ = try await desk.run("user", "add", "erin", "--email", "erin@example.com")
        #expect(
            await desk.failure("user", "rename", "erin")
                == .misused("give at least one of --login, --name and --email"))
        #expect(
            try await desk.run("user", "rename", "erin", "--login", "Erin.B", "--name", "Erin B")
                == "Erin.B is now Erin B <erin@example.com>\n")
        #expect(
            try await desk.run("user", "rename", "erin.b", "--email", "") == "Erin.B is now Erin B\n")
        #expect(
            await desk.failure("user", "rename", "erin.b", "--login", "alice")
                == .failed("LOGIN is already taken."))
        #expect(
            await desk.failure("user", "rename", "erin.b", "--login", "bot-erin")
                == .failed(
                    "LOGIN must not be “bot-erin”: logins like this one are kept for service accounts."))
        #expect(
            try await desk.run("user", "sessions", "erin.b")
                == "SESSION  SINCE  LAST SEEN  ADDRESS  BROWSER\n")
        #expect(try await desk.run("user", "sessions", "erin.b", "--json") == "[]\n")
        #expect(try await desk.run("user", "end-sessions", "erin.b") == "ended 0 sessions of erin.b\n")
        #expect(
            await desk.failure("user", "end-sessions", "erin.b", "--session", "x")
                == .failed("Erin.B has no such session: `jeton user sessions Erin.B` lists them."))
        _ = try await desk.run("token", "create", "--user", "erin.b", "--name", "build")
        #expect(
            await desk.failure("user", "remove", "erin.b")
                == .misused(
                    "this would end Erin.B for good, with 1 active token and 0 sessions: add --yes to do it"))
        #expect(
            try await desk.run("user", "remove", "erin.b", "--yes")
                == "removed Erin.B with 1 active token and 0 sessions\n")
        #expect(
            await desk.failure("user", "remove", "erin.b", "--yes")
                == .failed("There is nobody with the login “erin.b”."))
        #expect(try await !desk.run("user", "list").contains("Erin"))
        #expect(try await desk.run("user", "list", "--all").contains("Erin"))
        #expect(
            await desk.failure("user", "remove", "alice")
                == .misused(
                    "this would end alice for good, with 0 active tokens and 0 sessions: add --yes to do it"))
    }
}

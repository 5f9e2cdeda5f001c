import Testing

@testable import jeton

extension OperatorTests {
    /// The life of a service account whose only steward is alice.
    func serviceAccounts() async throws {
        #expect(
            await desk.failure("account", "add", "ci", "--owners", "build-team")
                == .failed(
                    "LOGIN must fit “bot-*”, such as bot-ci: the operator sets accounts.logins; --purpose must not be "
                        + "empty: say what the account is for."))
        #expect(
            await desk.failure("account", "add", "bot-ci", "--purpose", "Builds", "--steward", "alice")
                == .failed(
                    "an account needs an owner group, or at least two stewards, so that it survives any of them."
                ))
        #expect(
            await desk.failure("user", "add", "bot-x")
                == .failed("LOGIN must not be “bot-x”: logins like this one are kept for service accounts."))
        _ = try await desk.run("user", "groups", "alice", "--add", "build-team")
        #expect(
            try await desk.run(
                "account", "add", "bot-ci", "--purpose", "Nightly builds", "--owners", "build-team",
                "--review", "2031-06-01", "--address", "10.0.0.1/8") == "added bot-ci\n")
        #expect(
            await desk.failure("account", "add", "BOT-CI", "--purpose", "x", "--owners", "a")
                == .failed("LOGIN is already taken."))
        _ = try await desk.run(
            "token", "create", "--user", "bot-ci", "--name", "nightly", "--scope", "git:read")
        let shown = try await desk.run("account", "show", "bot-ci")
        for line in [
            "login      bot-ci\n", "title      bot-ci\n", "for        Nightly builds\n",
            "state      active\n",
            "owners     build-team\n", "stewards   alice\n", "services   every one that admits it\n",
            "from       10.0.0.0/8\n", "review     2031-06-01\n",
            "  nightly  git:read  active  never    never\n",
        ] {
            #expect(shown.contains(line), "\(line) in \(shown)")
        }
        #expect(try await desk.run("token", "list", "--user", "bot-ci").contains("  bot-ci  nightly"))
        #expect(try await !desk.run("user", "list").contains("bot-ci"))
        #expect(
            try await desk.run("account", "list").hasPrefix(
                "LOGIN   PURPOSE         OWNERS      STEWARDS  GROUPS  STATE   REVIEW      ADDED\n"
                    + "bot-ci  Nightly builds  build-team  -         -       active  2031-06-01  20"))
        #expect(try await desk.run("account", "list", "--unattended", "--json") == "[]\n")
        #expect(
            try await desk.run(
                "account", "edit", "bot-ci", "--title", "The chain", "--address", "", "--review", "",
                "--group", "ci", "--group", "qa") == "changed bot-ci\n")
        let edited = try await desk.run("account", "show", "bot-ci", "--json")
        for member in [
            #""title":"The chain""#, #""addresses":[]"#, #""review_on":null"#, #""groups":["ci","qa"]"#,
        ] {
            #expect(edited.contains(member), "\(member) in \(edited)")
        }
        try await unattended()
        for (words, instead) in [
            (["suspend"], "suspend"), (["groups"], "show"), (["resume"], "resume"),
            (["release-identity"], "show"),
        ] {
            #expect(
                await desk.failure("user", words[0], "bot-ci")
                    == .failed("bot-ci is a service account: use `jeton account \(instead) bot-ci`."))
        }
        for verb in ["promote", "passwd"] {
            #expect(
                await desk.failure("user", verb, "bot-ci")
                    == .failed("bot-ci is a service account: it cannot sign in, and administers nothing."))
        }
        #expect(
            await desk.failure("account", "show", "alice")
                == .failed("alice is a person, and no service account: use `jeton user`."))
        #expect(
            await desk.failure("account", "show", "bot-none")
                == .failed("There is nobody with the login “bot-none”."))
        #expect(
            await desk.failure("account", "remove", "bot-ci")
                == .misused("this would end bot-ci and 1 active token for good: add --yes to do it"))
        #expect(
            try await desk.run("account", "remove", "bot-ci", "--yes")
                == "removed bot-ci with 1 active token\n")
        #expect(try await desk.run("account", "list", "--json") == "[]\n")
        _ = try await desk.run("user", "groups", "alice", "--remove", "build-team")
    }

    /// Nobody attends to the account for a while; it is suspended, and resumed.
    private func unattended() async throws {
        _ = try await desk.run("user", "groups", "alice", "--remove", "build-team")
        let alone = try await desk.run("account", "show", "bot-ci")
        #expect(
            alone.contains("\nstate      unattended since 20")
                && alone.contains(" UTC, its tokens pause at 20"))
        #expect(alone.contains("\nstewards   nobody who is active\n"))
        #expect(try await desk.run("account", "list", "--unattended").contains("\nbot-ci"))
        _ = try await desk.run("user", "groups", "alice", "--add", "build-team")
        #expect(try await desk.run("account", "list", "--unattended", "--json") == "[]\n")
        #expect(try await desk.run("account", "suspend", "bot-ci") == "suspended bot-ci\n")
        #expect(try await desk.run("account", "show", "bot-ci").contains("state      suspended\n"))
        #expect(try await desk.run("account", "resume", "bot-ci") == "resumed bot-ci\n")
    }
}

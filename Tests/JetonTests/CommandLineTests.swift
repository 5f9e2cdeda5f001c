import JSON
import Testing
import Tokens

@testable import jeton

/// What a command printed; or the exit code and the sentence with which it ended.
private func run(_ line: String, environment: [String: String] = [:]) async -> String {
    do throws(CommandFailure) {
        return try await printed(line.split(separator: " ").map(String.init), environment: environment)
    } catch {
        return "\(error.code) \(error.description)"
    }
}

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "every command and every group has its help",
        arguments: Command.all.map(\.words) + [[], ["user"], ["token"]])
    func help(words: [String]) async {
        for flag in ["--help", "-h"] {
            let text = await run((words + [flag]).joined(separator: " "))
            #expect(text.hasPrefix("usage: \((["jeton"] + words).joined(separator: " "))"))
            #expect(text.hasSuffix("\n"))
        }
    }

    @Test("a command's help names its operands and flags")
    func wholeHelp() async {
        #expect(
            await run("user add --help") == """
                usage: jeton user add LOGIN [--data DIR] [--name NAME] [--email ADDRESS] [--group GROUP]… [--admin] [--break-glass] [--create-ledger] [--config FILE]

                Add a person.

                The password is asked for, or read from standard input where that is no terminal.

                  --data DIR       the folder that holds Jeton's state (default $JETON_DATA, or ./data)
                  --name NAME      what people call them
                  --email ADDRESS  their e-mail address, which clients may send for the login
                  --group GROUP    a group that they are in
                  --admin          they may add and suspend people, and see and revoke what belongs to others
                  --break-glass    an administrator with a password, even where an identity provider signs people in
                  --create-ledger  make the ledger where there is none yet, as `jeton serve` does
                  --config FILE    the configuration, in YAML (default $JETON_CONFIG, or none)
                  --help           print this

                """)
    }

    @Test("help and summaries are sentences")
    func sentences() {
        for command in Command.all {
            #expect(command.summary.hasSuffix("."))
            for flag in command.flags { #expect(!flag.summary.isEmpty) }
        }
    }

    @Test(
        "what cannot be understood is 2, with what to type instead",
        arguments: [
            ("", "2 a command is missing: `jeton --help` lists what there is"),
            ("user", "2 a command is missing: `jeton user --help` lists what there is"),
            ("serv", "2 unknown command “serv” (did you mean `serve`?): `jeton --help` lists what there is"),
            ("frobnicate", "2 unknown command “frobnicate”: `jeton --help` lists what there is"),
            (
                "token lsit",
                "2 unknown command “lsit” (did you mean `list`?): `jeton token --help` lists what there is"
            ),
            (
                "serve --lisen x",
                "2 unknown flag --lisen (did you mean `--listen`?): `jeton serve --help` lists what there is"
            ),
            ("serve --listen", "2 --listen ADDR:PORT: the value is missing"),
            ("serve --listen --data x", "2 --listen ADDR:PORT: the value is missing"),
            ("serve --data x --data y", "2 --data stands twice"),
            ("user list --json=yes", "2 --json takes no value"),
            (
                "user suspend",
                "2 LOGIN is missing: usage: jeton user suspend LOGIN [--data DIR] [--config FILE]"
            ),
            ("version 2", "2 “2” is one too many: usage: jeton version"),
            (
                "token create --name ci",
                "2 --user LOGIN is missing: usage: jeton token create --user LOGIN --name NAME [--scope SCOPE]… [--from ADDRESS]… [--expires WHEN] [--data DIR] [--config FILE]"
            ),
            (
                "token create --user a --name b --expires soon",
                "2 --expires takes a time such as 30d or 12h, or a day such as 2027-01-31, not “soon”"
            ),
            (
                "token revoke --user a",
                "2 name the token by --user LOGIN and --name NAME, or by --id ID alone"
            ),
            (
                "token revoke --id x --name b",
                "2 name the token by --user LOGIN and --name NAME, or by --id ID alone"
            ),
            (
                "serve --listen nowhere",
                "2 --listen: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, found “nowhere”"
            ),
            (
                "check-config --config /nowhere/x.yaml",
                "2 /nowhere/x.yaml: the file cannot be read: No such file or directory"
            ),
            (
                "user list --data /nowhere",
                "1 there is no data folder /nowhere: name the right one with --data or JETON_DATA; a new ledger is made by "
                    + "`jeton serve` or `jeton user add --create-ledger`"
            ),
        ])
    func misuse(line: String, expected: String) async {
        #expect(await run(line) == expected)
    }

    @Test("flags stand anywhere, with = or a space, and -- ends them")
    func flags() throws {
        let data = Flag.data
        for typed in [["alice", "--data", "d"], ["--data=d", "alice"], ["--data", "d", "--", "alice"]] {
            let arguments = try Arguments(typed, of: .userSuspend)
            #expect(arguments.operands == ["alice"])
            #expect(arguments.value(data) == "d")
        }
        #expect(try Arguments(["--", "--alice"], of: .userSuspend).operands == ["--alice"])
        #expect(try Arguments(["--name=--x", "--user", ""], of: .tokenRevoke).asksForHelp == false)
        #expect(try Arguments(["--data=a=b"], of: .userList).value(data) == "a=b")
    }

    @Test("a flag that is repeated keeps all its values")
    func repeated() throws {
        let scope = try #require(Command.tokenCreate.flags.first { $0.name == "--scope" })
        let arguments = try Arguments(
            ["--user", "a", "--name", "b", "--scope", "git:read", "--scope=maven"], of: .tokenCreate)
        #expect(arguments.values(scope) == ["git:read", "maven"])
    }

    @Test(
        "an expiry is a time from now or a day",
        arguments: [
            ("30d", "2026-03-02T08:00:00Z"), ("12h", "2026-01-31T20:00:00Z"),
            ("2027-01-31", "2027-02-01T00:00:00Z"),
            ("2027-01-31T10:00:00Z", "2027-01-31T10:00:00Z"),
        ])
    func expiry(text: String, expected: String) throws {
        let now = try #require(Timestamp(rfc3339: "2026-01-31T08:00:00Z"))
        #expect(try Command.moment(text, from: now).rfc3339 == expected)
    }

    @Test("a field of the API is called by an option or an operand that a command has")
    func fieldOptions() throws {
        let flags = Set(Command.all.flatMap(\.flags).map(\.name))
        let operands = Set(Command.all.flatMap(\.operands) + ["the password", ""])
        for (field, word) in FieldOptions.all {
            #expect(word.hasPrefix("--") ? flags.contains(word) : operands.contains(word), "\(field)")
        }
        let problem = try JSONValue(
            parsing: Array(
                #"""
                {"detail": "x", "errors": [
                    {"field": "expires_at", "detail": "must be in the future"},
                    {"field": "scopes", "detail": "unknown scope “a”"}, {"field": "else", "detail": "is odd"}]}
                """#.utf8))
        #expect(
            FieldOptions.sentence(of: problem)
                == "--expires must be in the future; unknown scope “a”; else is odd.")
        #expect(FieldOptions.sentence(of: ["detail": "It failed."]) == "It failed.")
    }

    @Test("check-config says what it understood")
    func checkConfig() async {
        let environment = [
            "JETON_SERVICES_MAVEN_TITLE": "Maven", "JETON_PUBLIC_URL": "https://tokens.example.com",
        ]
        #expect(
            await run("check-config", environment: environment) == """
                The configuration is good.
                  listens on  127.0.0.1:8080
                  is reached  https://tokens.example.com
                  guards      maven

                """)
        let passwords = [
            "JETON_SERVICES_MAVEN_PASSWORDS": "transition",
            "JETON_SERVICES_MAVEN_PASSWORDS_UNTIL": "2027-03-01",
        ]
        #expect(
            await run("check-config", environment: passwords).hasSuffix(
                "  guards      maven\n  passwords   maven (until 2027-03-01)\n"))
        #expect(
            await run("check-config", environment: ["JETON_LISTN": "x"])
                == "2 JETON_LISTN: unknown variable (did you mean `JETON_LISTEN`?)")
        #expect(await run("check-config --reference") == Configuration.reference)
        #expect(await run("version") == "jeton \(Version.number)\n")
    }

    @Test("a table's columns are as wide as their widest cells, and nothing in it is a terminal's command")
    func table() {
        var table = Table(["LOGIN", "NAME", "STATE"])
        table.add(["alice", "Élise de la Tour", ""])
        table.add(["b", "\u{1B}[31mred", "suspended"])
        #expect(
            table.text == """
                LOGIN  NAME              STATE
                alice  Élise de la Tour  -
                b      ?[31mred          suspended

                """)
    }
}

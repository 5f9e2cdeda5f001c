import JSON
import Synchronization
import Testing
import Tokens

@testable import jeton

/// Runs a command and returns what it printed, or its exit code and error.
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
        arguments: Command.all.map(\.words) + [[], ["user"], ["account"], ["token"]])
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
                usage: jeton user add LOGIN [--name NAME] [--email ADDRESS] [--group GROUP]… [--admin] [--break-glass] [--create-ledger] [--json] [--data DIR] [--config FILE]

                Add a person.

                Asks for the password, or reads it from standard input if that is not a terminal.

                  --name NAME      their full name
                  --email ADDRESS  their e-mail address, which tools may send in place of the login
                  --group GROUP    a group to put them in
                  --admin          make them an administrator, who can add and suspend people and revoke anybody's tokens
                  --break-glass    make them an administrator with a password, even if an identity provider signs people in
                  --create-ledger  create the ledger if there is none, as `jeton serve` does
                  --json           print JSON
                  --data DIR       Jeton's data folder (default: $JETON_DATA, or ./data)
                  --config FILE    the configuration file, in YAML (default: $JETON_CONFIG, or none)
                  --help           print this help

                """)
    }

    @Test("the help of a service account names what it can have")
    func accountHelp() async {
        #expect(
            await run("account add --help") == """
                usage: jeton account add LOGIN [--title TITLE] [--purpose TEXT] [--review DAY] [--owners GROUP]… [--steward LOGIN]… [--group GROUP]… [--service SERVICE]… [--address ADDRESS]… [--json] [--data DIR] [--config FILE]

                Create a service account, to which tokens of programs belong.

                Its login must fit accounts.logins, such as bot-ci. It needs a purpose, and an owner group or two
                stewards, who manage its tokens. It cannot sign in.

                  --title TITLE      what people read in place of the login
                  --purpose TEXT     what it is for
                  --review DAY       when to look whether it is still needed
                  --owners GROUP     a group whose members are its stewards
                  --steward LOGIN    a person who is a steward
                  --group GROUP      a group that it is in, for services with groups
                  --service SERVICE  a service that its tokens may be used at (default: every one that admits it)
                  --address ADDRESS  an address or range that its tokens may be used from, such as 10.0.0.0/8 (default: anywhere)
                  --json             print JSON
                  --data DIR         Jeton's data folder (default: $JETON_DATA, or ./data)
                  --config FILE      the configuration file, in YAML (default: $JETON_CONFIG, or none)
                  --help             print this help

                """)
    }

    @Test("every command has --json, except those whose output is no answer")
    func jsonEverywhere() {
        let without = Command.all.filter { !$0.flags.contains(.json) }.map(\.name)
        // That of events prints a document on each line.
        #expect(without == ["serve", "events", "completion"])
        for command in Command.all where command.flags.contains(.json) {
            #expect(command.flags.filter { $0 == .json }.count == 1)
        }
    }

    @Test("a command that has printed all there is prints nothing after it, also as JSON")
    func printedAlready() async throws {
        let printed = Mutex("")
        let environment = CommandEnvironment(
            variables: [:], write: { text in printed.withLock { $0 += text } }, readNewPassword: { "" })
        for asJSON in [true, false] { try await CommandAnswer.printed.print(asJSON: asJSON, in: environment) }
        #expect(printed.withLock(\.self).isEmpty)
    }

    @Test("help and summaries are sentences")
    func sentences() {
        for command in Command.all {
            #expect(command.summary.hasSuffix("."))
            for flag in command.flags { #expect(!flag.summary.isEmpty) }
        }
    }

    @Test(
        "wrong usage is 2, with what to type instead",
        arguments: [
            ("", "2 missing command: `jeton --help` lists the commands"),
            ("user", "2 missing command: `jeton user --help` lists the commands"),
            ("serv", "2 unknown command “serv” (did you mean `serve`?): `jeton --help` lists the commands"),
            ("frobnicate", "2 unknown command “frobnicate”: `jeton --help` lists the commands"),
            (
                "token lsit",
                "2 unknown command “lsit” (did you mean `list`?): `jeton token --help` lists the commands"
            ),
            (
                "serve --lisen x",
                "2 unknown flag --lisen (did you mean `--listen`?): `jeton serve --help` lists the flags"
            ),
            ("serve --listen", "2 --listen needs a value: --listen ADDRESS"),
            ("serve --listen --data x", "2 --listen needs a value: --listen ADDRESS"),
            ("serve --data x --data y", "2 --data is given twice"),
            ("user list --json=yes", "2 --json takes no value"),
            (
                "user suspend",
                "2 missing LOGIN: usage: jeton user suspend LOGIN [--json] [--data DIR] [--config FILE]"
            ),
            ("account", "2 missing command: `jeton account --help` lists the commands"),
            (
                "account show",
                "2 missing LOGIN: usage: jeton account show LOGIN [--json] [--data DIR] [--config FILE]"
            ),
            (
                "account edit bot-ci",
                "2 give at least one of --title, --purpose, --review, --owners, --steward, --group, --service and "
                    + "--address"
            ),
            (
                "account add bot-ci --owner a",
                "2 unknown flag --owner (did you mean `--owners`?): `jeton account add --help` lists the flags"
            ),
            ("version 2", "2 unexpected argument “2”: usage: jeton version [--json]"),
            (
                "token create --name ci",
                "2 missing --user LOGIN: usage: jeton token create --user LOGIN --name NAME [--scope SCOPE]… [--from ADDRESS]… [--expires WHEN] [--decoy] [--json] [--data DIR] [--config FILE]"
            ),
            (
                "token create --user a --name b --expires soon",
                "2 --expires takes a time such as 30d or 12h, or a day such as 2027-01-31, not “soon”"
            ),
            (
                "token revoke --user a",
                "2 give either --user LOGIN and --name NAME, or --id ID"
            ),
            (
                "token revoke --id x --name b",
                "2 give either --user LOGIN and --name NAME, or --id ID"
            ),
            ("token show", "2 give either --user LOGIN and --name NAME, or --id ID"),
            (
                "token pause --id x",
                "2 missing --for TIME: usage: jeton token pause [--user LOGIN] [--name NAME] [--id ID] --for TIME [--json] [--data DIR] [--config FILE]"
            ),
            ("token pause --id x --for long", "2 --for takes a time such as 15m, 1h or 1d, not “long”"),
            (
                "token rotate --id x --overlap 8d",
                "2 --overlap takes none, a time up to 7d such as 1h or 24h, or until-moved, not “8d”"
            ),
            ("token rotate --id x --into f", "2 --into is only for --self"),
            (
                "token rotate --self --id x",
                "2 --self rotates the token in --token-file: leave out --user, --name and --id"
            ),
            ("token rotate --self --into f", "2 --self needs --desk URL"),
            ("token rotate --self --desk https://t", "2 --self needs --into FILE or --exec COMMAND"),
            (
                "token rotate --self --desk https://t --exec true",
                "2 --self needs --token-file FILE, - for standard input"
            ),
            (
                "token rotate --self --desk http://tokens.example.com --into f",
                "2 --desk must begin with https://, since the secret is sent there"
            ),
            (
                "token rotate --self --desk http://localhost.example.com --into f",
                "2 --desk must begin with https://, since the secret is sent there"
            ),
            (
                "token rotate --self --desk https://a@b --into f",
                "2 --desk takes the desk's address such as https://tokens.example.com"
            ),
            (
                "token rotate --self --desk tokens.example.com --into f",
                "2 --desk takes the desk's address such as https://tokens.example.com"
            ),
            (
                "token rotate --self --desk https://t --into /nowhere/f",
                "1 cannot read /nowhere/f: No such file or directory"
            ),
            (
                "serve --listen nowhere",
                "2 --listen: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, or a socket such as unix:/run/jeton/gate.sock, found “nowhere”"
            ),
            (
                "check-config --config /nowhere/x.yaml",
                "2 /nowhere/x.yaml: the file cannot be read: No such file or directory"
            ),
            (
                "user list --data /nowhere",
                "1 there is no data folder /nowhere: name the right one with --data or JETON_DATA; to create a new ledger, use "
                    + "`jeton serve` or `jeton user add --create-ledger`"
            ),
        ])
    func misuse(line: String, expected: String) async {
        #expect(await run(line) == expected)
    }

    @Test("flags can be anywhere, with = or a space, and -- ends them")
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

    @Test("a field of the API is named by a flag or operand of a command")
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
                The configuration is valid.
                  listen      127.0.0.1:8080
                  address     https://tokens.example.com
                  services    maven

                """)
        let passwords = [
            "JETON_SERVICES_MAVEN_PASSWORDS": "transition",
            "JETON_SERVICES_MAVEN_PASSWORDS_UNTIL": "2027-03-01",
        ]
        #expect(
            await run("check-config", environment: passwords).hasSuffix(
                "  services    maven\n  passwords   maven (until 2027-03-01)\n"))
        #expect(
            await run("check-config", environment: ["JETON_LISTN": "x"])
                == "2 JETON_LISTN: unknown variable (did you mean `JETON_LISTEN`?)")
        #expect(await run("check-config --reference") == Configuration.reference)
        #expect(await run("version") == "jeton \(Version.number)\n")
    }

    @Test("columns are as wide as their widest cells, and control characters are replaced")
    func table() {
        var table = PrintedTable(["LOGIN", "NAME", "STATE"])
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

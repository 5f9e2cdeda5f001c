extension Configuration {
    /// The reference of all keys in Markdown: `docs/configuration.md`.
    static var reference: String {
        """
        # Configuration

        <!-- Written by `jeton check-config --reference`; a test holds it equal to what the program reads. -->

        Jeton needs no configuration to try it. What an organisation decides stands in one YAML file,
        which `--config FILE` names (or `JETON_CONFIG`). Each key can also be set by an environment
        variable, and a few by a flag of `jeton serve`: a flag wins over the environment, and the
        environment over the file. In a variable, several values are separated by commas.

        An unknown key or variable, or a value that is not of the key's form, is one line that says
        where, and the exit code 2. `jeton check-config --config FILE` says the same without starting.

        ```yaml
        listen: 127.0.0.1:8080
        public_url: https://tokens.example.com
        trusted_proxies: [127.0.0.0/8, 10.0.0.2]
        services:
          maven: { title: Maven private repository, url: https://maven.example.com/ }
          git: { title: Projects over Git, kind: git, url: https://git.example.com/, paths: [/*/*.git] }
          ops: { title: Operations, groups: [ops] }
        ```

        | key | variable | value | default |
        | --- | --- | --- | --- |
        \(ConfigurationKey.all.map(\.row).joined(separator: "\n"))

        \(ConfigurationKey.all.map(\.section).joined(separator: "\n\n"))

        ## Services

        A service is what Jeton guards. Its name is 1 to 40 of `a-z`, `0-9` and `-`, a letter first; it
        stands in scopes (`maven:read`) and in the address that proxies ask at (`/verify/maven`). In a
        variable the name is in upper case, with `_` in place of `-`: `JETON_SERVICES_MAVEN_TITLE`.
        Where no service is named there is one, `default`.

        What is taken away from here later breaks no token: a scope whose service or path is no longer
        configured stays as it is, and is judged by what it says.

        ## The data folder

        `--data DIR` (or `JETON_DATA`; `./data` where neither is given) names the folder that holds all
        of Jeton's state, for its owner alone:

        | file | what |
        | --- | --- |
        | `jeton.db`, `jeton.db-wal`, `jeton.db-shm` | the ledger, unless `ledger` puts it elsewhere |
        | `jeton.key` | 32 random bytes that prove forms and remembered browsers; without it a new one is made, and pages that are open have to be loaded again. The same file belongs into the folder of every node |
        | `jeton.sock` | where `jeton user`, `jeton token` and `jeton backup` reach the running server |
        | `jeton.lock` | held by the server, so that there is one |

        """
    }
}

extension ConfigurationKey {
    /// The path with a word for `*`.
    private var shownPath: String { path.replacing("*", with: "NAME") }

    fileprivate var row: String {
        let shownDefault = standard.contains(" ") && !isList ? standard : "`\(standard)`"
        return
            "| `\(shownPath)` | `\(variable.replacing("*", with: "NAME"))` | \(notation) | \(shownDefault) |"
    }

    fileprivate var section: String { "**`\(shownPath)`**: \(sentence)" }
}

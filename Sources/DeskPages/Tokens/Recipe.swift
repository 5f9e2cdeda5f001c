import Tokens

/// The setup for one tool, with the login, the service and, in files, the token filled in.
///
/// A command never holds the token: a shell keeps it in its history, and everybody on the machine can read it in the
/// list of processes. Where a tool asks, the reader pastes it; where it reads a file, the file's content is shown. No
/// step changes what other services' credentials do.
struct Recipe: Sendable, Hashable {
    /// The tool's name in the page's markup.
    let id: String
    /// The label of the tab.
    let tool: String
    /// What is left to fill in by hand; empty if nothing is.
    var hint = ""
    let steps: [Instruction]
    /// The steps where they differ by the system.
    var variants: [Variant] = []
    var remark: String?

    /// A sentence and what to paste.
    struct Instruction: Sendable, Hashable {
        let sentence: String
        /// The text to paste.
        let lines: String
        /// The file or form whose content the lines are; `nil` for commands.
        var place: String?

        static func run(_ sentence: String, _ lines: String) -> Instruction {
            Instruction(sentence: sentence, lines: lines)
        }

        static func put(_ sentence: String, in place: String, _ lines: String) -> Instruction {
            Instruction(sentence: sentence, lines: lines, place: place)
        }
    }

    /// The steps on another system.
    struct Variant: Sendable, Hashable {
        /// “On Windows”.
        let title: String
        let steps: [Instruction]
    }
}

extension Recipe {
    /// The recipes for a token with `scopes`: first those of the kinds of service that it reaches, in their order.
    static func all(
        login: Login, secret: TokenSecret, scopes: Scopes, services: [Service], deskURL: String
    ) -> [Recipe] {
        let reached = services.filter { scopes.reach($0.name) }
        let blank = Blank(login: login.text, token: secret.reveal(), scopes: scopes)
        let atDesk = DeskScope.allCases.filter(scopes.allow).map { blank.desk($0, at: deskURL) }
        guard !reached.isEmpty || atDesk.isEmpty else { return atDesk }
        var recipes: [Recipe] = []
        for kind in reached.isEmpty ? [.http] : reached.map(\.kind) {
            recipes += blank.recipes(for: kind, among: reached)
        }
        recipes += blank.everyday(among: reached) + atDesk
        var shown: Set<String> = []
        return recipes.filter { shown.insert($0.id).inserted }
    }
}

extension Recipe.Blank {
    /// The recipes for the tools of a kind of service.
    fileprivate func recipes(for kind: Service.Kind, among reached: [Service]) -> [Recipe] {
        let first = reached.first { $0.kind == kind }
        switch (kind, first) {
        case (.git, _): return [git(first)]
        case (.maven, _): return [maven(first)]
        case (.docker, let service?): return [docker(service)]
        case (.npm, let service?): return [npm(service)]
        case (.cargo, let service?): return [cargo(service)]
        case (.pypi, let service?): return [pip(service)]
        default:
            // Nothing is known about it, so it may be any of these.
            return [
                curl(first), maven(reached.first { $0.kind == .maven } ?? first),
                git(reached.first { $0.kind == .git } ?? first),
            ]
        }
    }

    /// The recipes that suit any service.
    fileprivate func everyday(among reached: [Service]) -> [Recipe] {
        let web = reached.first { $0.kind != .git } ?? reached.first
        let readers: [Service.Kind] = [.http, .git, .pypi]
        let readsNetrc = reached.isEmpty || reached.contains { readers.contains($0.kind) }
        return [curl(web), variables(web)] + (readsNetrc ? [netrc(web)] : [])
    }
}

extension Recipe {
    /// The setup guide for the tool; `nil` for the desk's own API.
    var guide: Guide? {
        switch id {
        case "curl", "netrc": .named("curl")
        case "maven", "git", "docker", "npm", "cargo", "pip": .named(id)
        default: nil
        }
    }
}

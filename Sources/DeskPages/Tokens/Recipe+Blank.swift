import Tokens

extension Recipe {
    /// The values that recipes are filled in with.
    struct Blank {
        let login: String
        let token: String
        let scopes: Scopes
    }
}

extension Recipe.Blank {
    /// The sentence that names what is left to fill in by hand; empty if nothing is.
    func missing(_ service: Service?) -> String {
        guard service?.url == nil else { return "" }
        return "Replace HOST with the address of \(service?.title ?? "the service")."
    }

    /// The path that the token is narrowed to at the service, if there is exactly one.
    func path(at service: Service?) -> ServicePath? {
        let paths = service.map { scopes.paths(of: $0.name) } ?? []
        return paths.count == 1 ? paths[0] : nil
    }

    /// The service's address with a slash at its end.
    func address(of service: Service?) -> String { "\(service?.url?.withoutLastSlash ?? "https://HOST")/" }

    /// The address of what the token is for: the one path that it is narrowed to, or the service.
    func url(of service: Service?) -> String {
        guard let path = path(at: service) else { return service?.url?.description ?? "https://HOST/" }
        return address(of: service).dropLast() + path.text
    }

    /// `https://git.example.com:8443`.
    func origin(of service: Service?) -> String {
        "\(service?.url?.scheme ?? "https")://\(host(of: service))"
    }

    func host(of service: Service?) -> String { service?.url?.host ?? "HOST" }

    /// The beginning of the names of CI variables: `MAVEN`.
    func stem(of service: Service?) -> String {
        (service?.name.text ?? "service").uppercased().replacing("-", with: "_")
    }

    /// The commands that create a file which only its owner can read; `folder` is created with it.
    func keepPrivate(_ file: String, in folder: String? = nil) -> Recipe.Instruction {
        .run(
            "Create the file, if it is not there yet, and let only yourself read it:",
            (folder.map { "mkdir -p \($0) && " } ?? "") + "touch \(file) && chmod 600 \(file)")
    }

    /// The same file on Windows, where a profile is its owner's.
    func onWindows(_ file: String, in folder: String? = nil) -> Recipe.Variant {
        let create = folder.map { "mkdir -Force \"$HOME\\\($0)\" | Out-Null\n" } ?? ""
        return Recipe.Variant(
            title: "On Windows",
            steps: [
                .run(
                    "In PowerShell, this opens the file. It is in your profile folder, which others cannot read:",
                    "\(create)notepad \"$HOME\\\(file)\"")
            ])
    }
}

/// Quoting for the places where a login is pasted. A login may contain any visible character except the colon.
enum Quoted {
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0.isUnreserved || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "+") }
            && !text.hasPrefix("-") && !text.hasPrefix("~") && !text.hasPrefix("@")
    }

    /// A word of a POSIX shell, in single quotes where it needs them.
    static func shell(_ text: String) -> String {
        isPlain(text) ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }

    /// A word of PowerShell, in single quotes where it needs them. It takes typographic quotes for quotes.
    static func powerShell(_ text: String) -> String {
        isPlain(text) ? text : "'\(String(text.flatMap { "'‘’‚‛".contains($0) ? [$0, $0] : [$0] }))'"
    }

    /// The content of an XML element (XML 1.0, section 2.4).
    static func xml(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// A word of a `.netrc` file, quoted where a reader would end it or take it for a comment. curl, wget and Python's
    /// netrc know quotes, with a backslash before a quote or a backslash within.
    static func netrc(_ text: String) -> String {
        let breaks = text.unicodeScalars.contains { " \"'\\#".unicodeScalars.contains($0) }
        guard breaks else { return text }
        return "\"\(text.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#))\""
    }
}

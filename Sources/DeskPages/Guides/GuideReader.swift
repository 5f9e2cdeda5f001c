import Tokens

/// Who reads a guide, and what its commands are filled in with.
///
/// The files are written for `alice`, a desk at `https://tokens.example.com` and services below `example.com`, so
/// that they can be read on a Git host as they are. At the desk, `git clone https://git.example.com/git/project.git`
/// becomes an address of the reader's own service of that kind.
struct GuideReader: Sendable {
    /// The desk's public address, without a slash at its end.
    let desk: String
    /// The reader's login; `nil` for one who is signed out.
    var login: String?
    /// The services for which the reader may hold tokens.
    var services: [Service] = []

    /// The addresses in the files, by the kind of service.
    private static let examples: [(kind: Service.Kind, host: String, path: String)] = [
        (.maven, "packages.example.com", "/maven/"), (.npm, "packages.example.com", "/npm/"),
        (.pypi, "packages.example.com", "/pypi/"), (.cargo, "packages.example.com", "/cargo/"),
        (.git, "git.example.com", "/git/"), (.docker, "registry.example.com", "/"),
    ]

    /// The lines as this reader can paste them; what is not known stays an example.
    func filled(_ lines: String) -> String {
        var lines = lines.replacing("https://tokens.example.com", with: desk)
        for example in Self.examples {
            if let url = services.first(where: { $0.kind == example.kind })?.url {
                lines = Self.filled(lines, example.host, example.path, with: url)
            }
        }
        guard let login, Self.isPlain(login) else { return lines }
        return lines.replacing("//alice:", with: "//\(login.replacing("@", with: "%40")):")
            .replacing(#/\balice\b/#, with: login)
    }

    private static func filled(
        _ lines: String, _ host: String, _ path: String, with url: ServiceURL
    ) -> String {
        let address = url.withoutLastSlash + "/"
        let lines = lines.replacing("https://\(host)\(path)", with: address)
            .replacing("//\(host)\(path)", with: address.dropFirst(url.scheme.count + 1))
        // A host alone stands for one kind of service, unless several share it.
        guard examples.count(where: { $0.host == host }) == 1 else { return lines }
        return lines.replacing("https://\(host)", with: "\(url.scheme)://\(url.host)")
            .replacing("protocol=https\\nhost=\(host)", with: "protocol=\(url.scheme)\\nhost=\(url.host)")
            .replacing(host, with: url.host)
    }

    /// Whether a login reads the same in a shell, XML, YAML and `.netrc`. Others are left to their owner.
    private static func isPlain(_ login: String) -> Bool {
        login.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-@+".contains($0)) }
    }
}

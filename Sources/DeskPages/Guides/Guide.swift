import Markdown

/// A guide for one client: a file of `docs/use`, built into the program, since whoever reads it may
/// be cut off from everything but this desk.
struct Guide: Sendable {
    /// Its name in the address: that of its file, without `.md`.
    let name: String
    /// Its first heading.
    let title: String
    /// What follows that heading.
    let blocks: [MarkdownDocument.Block]

    private init(_ name: String, _ bytes: [UInt8]) {
        let document = MarkdownDocument(
            String(decoding: bytes, as: UTF8.self), linking: Self.address(ofLink:))
        self.name = name
        guard case .heading(_, let title) = document.blocks.first else {
            title = name
            blocks = document.blocks
            return
        }
        self.title = title
        blocks = Array(document.blocks.dropFirst())
    }

    /// What leads to the others: `docs/use/README.md`.
    static let index = Guide("README", PackageResources.README_md)

    /// The guides, in the order in which a list shows them.
    static let all = [
        Guide("maven", PackageResources.maven_md),
        Guide("gradle", PackageResources.gradle_md),
        Guide("git", PackageResources.git_md),
        Guide("curl", PackageResources.curl_md),
        Guide("npm", PackageResources.npm_md),
        Guide("pip", PackageResources.pip_md),
        Guide("cargo", PackageResources.cargo_md),
        Guide("docker", PackageResources.docker_md),
        Guide("github-actions", PackageResources.github_actions_md),
        Guide("gitlab-ci", PackageResources.gitlab_ci_md),
        Guide("jenkins", PackageResources.jenkins_md),
        Guide("nuxeo", PackageResources.nuxeo_md),
    ]

    /// The guide of that name.
    static func named(_ name: String) -> Guide? {
        all.first { $0.name == name }
    }

    /// A link between two guides, which is one of files on a Git host, leads to the other's page here.
    /// What else a file links to is not served here, so only the words stay.
    static func address(ofLink link: String) -> String? {
        if link.hasPrefix("#") { return link }
        let parts = link.split(separator: "#", maxSplits: 1)
        guard let file = parts.first, !file.contains("/"), file.hasSuffix(".md") else { return nil }
        let name = String(file.dropLast(3))
        let path = name == "README" ? DeskPath.help : DeskPath.guide(name)
        return path.text + (parts.count > 1 ? "#\(parts[1])" : "")
    }

    /// The id of a heading, as Git hosts make it: small letters and digits, `-` for spaces.
    static func id(ofHeading text: String) -> String {
        String(
            text.lowercased().compactMap { letter in
                if letter == " " { return "-" }
                return letter.isLetter || letter.isNumber || letter == "-" || letter == "_" ? letter : nil
            })
    }
}

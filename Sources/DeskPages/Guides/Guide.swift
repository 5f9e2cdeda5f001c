import Markdown

/// A setup guide for one tool: a file of `docs/use`.
///
/// The files are built into the program, since a reader may reach nothing but this desk.
struct Guide: Sendable {
    /// Its name in the address: that of its file, without `.md`.
    let name: String
    /// Its first heading.
    let title: String
    /// What follows that heading.
    let blocks: [MarkdownDocument.Block]

    /// - Parameter hidden: leaves out the lines that contain it.
    private init(_ name: String, _ bytes: [UInt8], without hidden: String? = nil) {
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in hidden.map { !line.contains($0) } ?? true }
        let document = MarkdownDocument(lines.joined(separator: "\n"), linking: Self.address(ofLink:))
        self.name = name
        guard case .heading(_, let title) = document.blocks.first else {
            title = name
            blocks = document.blocks
            return
        }
        self.title = title
        blocks = Array(document.blocks.dropFirst())
    }

    /// The list of all guides: `docs/use/README.md`.
    static let index = Guide("README", PackageResources.README_md)
    /// The list for a desk that does not speak Nuxeo's token authentication.
    static let indexWithoutNuxeo = Guide("README", PackageResources.README_md, without: "(nuxeo.md)")

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
        Guide("ci", PackageResources.ci_md),
        Guide("rotate", PackageResources.rotate_md),
        Guide("service-accounts", PackageResources.service_accounts_md),
        Guide("hand-over", PackageResources.hand_over_md),
        Guide("nuxeo", PackageResources.nuxeo_md),
    ]

    /// The guide of that name.
    static func named(_ name: String) -> Guide? {
        all.first { $0.name == name }
    }

    /// The page at the desk for a link between two guides, which are files on a Git host; `nil` for anything else a
    /// file links to, which is not served here.
    static func address(ofLink link: String) -> String? {
        if link.hasPrefix("#") { return link }
        let parts = link.split(separator: "#", maxSplits: 1)
        guard let file = parts.first, !file.contains("/"), file.hasSuffix(".md") else { return nil }
        let name = String(file.dropLast(3))
        let path = name == "README" ? DeskPath.help : DeskPath.guide(name)
        return path.text + (parts.count > 1 ? "#\(parts[1])" : "")
    }

    /// The id that Git hosts give a heading: lowercase letters and digits, `-` for spaces.
    static func id(ofHeading text: String) -> String {
        String(
            text.lowercased().compactMap { letter in
                if letter == " " { return "-" }
                return letter.isLetter || letter.isNumber || letter == "-" || letter == "_" ? letter : nil
            })
    }
}

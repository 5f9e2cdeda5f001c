extension Service.Kind {
    /// What clients of such a service read before all else, as whole paths below that of its `url`. A token that
    /// is narrowed to paths may read these, too, by GET and HEAD.
    ///
    /// **The table is closed**: each entry is one resource that holds nothing of anybody's packages.
    var firstReads: [String] {
        switch self {
        // `docker login`, and before every pull and push (OCI distribution specification, section 3.1).
        case .docker: ["/v2/"]
        // Where a sparse registry's crates are.
        case .cargo: ["/config.json"]
        // `npm whoami`, which tools ask to see whether they are signed in, and `npm ping`.
        case .npm: ["/-/whoami", "/-/ping"]
        case .http, .git, .maven, .pypi: []
        }
    }
}

extension Service {
    /// Whether its clients read anything before all else, see ``Kind/firstReads``.
    public var hasFirstReads: Bool { !firstReads.isEmpty }

    /// Whether a target's path is plainly, and wholly, one that such clients read first.
    func isFirstRead(_ target: Span<UInt8>) -> Bool {
        guard let base else { return false }
        for path in firstReads {
            var comparison = PathComparison(base: base, path: path)
            let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
            if target.extracting(0..<end).readPath({ comparison.take($0) }), comparison.isSame { return true }
        }
        return false
    }
}

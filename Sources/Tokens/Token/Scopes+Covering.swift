/// Whether scopes allow no more than others, for tokens that are narrowed later.
///
///     Scopes(text: "git").covers(Scope("git:read:/team")) // true
extension Scopes {
    /// Whether they allow all that `scope` allows, now and in future. Two of them together never cover what neither
    /// covers alone.
    public func covers(_ scope: Scope) -> Bool {
        switch self {
        case .everyService: !scope.isAtDesk
        case .only(let scopes): scopes.contains { $0.covers(scope) }
        }
    }
}

extension Scope {
    /// Whether it allows all that `other` allows. `SERVICE` covers `SERVICE:write`, but not the other way: it allows
    /// what the service may know besides reading and writing.
    func covers(_ other: Scope) -> Bool {
        switch (self, other) {
        case (.desk(let scope), .desk(let other)): scope == other
        case (.service(let name, let access, let path), .service(let otherName, let otherAccess, let below)):
            name == otherName
                && (access == nil || access == otherAccess || access == .write && otherAccess == .read)
                && (path.map { path in below.map(path.covers) ?? false } ?? true)
        default: false
        }
    }
}

extension ServicePath {
    /// Whether `other` is this path or below it.
    func covers(_ other: ServicePath) -> Bool {
        var comparison = PathComparison(base: [], path: bytes)
        for byte in other.bytes { comparison.take(byte) }
        return comparison.isBelow
    }
}

extension AddressRange {
    /// Whether every address of `other` is in this range.
    public func covers(_ other: AddressRange) -> Bool { contains(other.first) && isWider(than: other) }
}

extension [AddressRange] {
    /// Whether a token that may be used from these addresses may be used from all of `others`; none of them means
    /// any address.
    public func cover(_ others: [AddressRange]) -> Bool {
        guard !isEmpty else { return true }
        return !others.isEmpty && others.allSatisfy { other in contains { $0.covers(other) } }
    }
}

/// What two lists of scopes allow both, for tokens that can do no more than another.
///
///     Scopes(text: "git maven:read").intersection(Scopes(text: "git:read:/team maven")) // git:read:/team maven:read
extension Scopes {
    /// The scopes at services that both allow, at most ``limit``; `nil` where there are none. Scopes of the desk are left
    /// out.
    public func intersection(_ other: Scopes) -> Scopes? {
        guard let own = withoutTheDesk, let others = other.withoutTheDesk else { return nil }
        switch (own, others) {
        case (.everyService, _): return others
        case (_, .everyService): return own
        case (.only(let own), .only(let others)):
            let common = Set(own.flatMap { scope in others.compactMap { scope.intersection($0) } })
            let widest = common.filter { scope in !common.contains { $0 != scope && $0.covers(scope) } }
            return widest.isEmpty ? nil : .only(Set(widest.sorted().prefix(Self.limit)))
        }
    }

    /// Whether they allow all that `other` allows, at services.
    public func covers(all other: Scopes) -> Bool {
        guard case .only(let scopes) = other else { return withoutTheDesk == .everyService }
        return scopes.allSatisfy(covers)
    }
}

extension Scope {
    /// What both scopes allow at the same service; `nil` for nothing.
    func intersection(_ other: Scope) -> Scope? {
        guard case .service(let name, let access, let path) = self,
            case .service(let otherName, let otherAccess, let otherPath) = other, name == otherName
        else { return nil }
        let common: Access?
        switch (access, otherAccess) {
        case (nil, let access), (let access, nil): common = access
        case (let access?, let other?): common = access == other ? access : .read
        }
        switch (path, otherPath) {
        case (nil, let path), (let path, nil): return .service(name, common, below: path)
        case (let path?, let other?):
            guard path.covers(other) || other.covers(path) else { return nil }
            return .service(name, common, below: path.covers(other) ? other : path)
        }
    }
}

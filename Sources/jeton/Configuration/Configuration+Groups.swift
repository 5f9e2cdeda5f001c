import Gate

extension Configuration {
    /// The lists of groups that no answer could hold.
    var groupFaults: [KeyConflict] {
        serviceDrafts.compactMap { draft in
            guard let groups = draft.tellGroups, !ToldGroups.fits(groups) else { return nil }
            let key = "services.\(draft.name).tell_groups"
            return KeyConflict(
                key: key, beside: key,
                sentence: "does not fit: with commas between them, and percent-encoded, the names may have "
                    + "\(ToldGroups.limit) bytes together")
        }
    }
}

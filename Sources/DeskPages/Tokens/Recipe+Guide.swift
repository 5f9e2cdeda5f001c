extension Recipe {
    /// The guide that says the rest; none for the desk's own API.
    var guide: Guide? {
        switch id {
        case "curl", "netrc": .named("curl")
        case "maven", "git", "docker", "npm", "cargo": .named(id)
        default: nil
        }
    }
}

/// `nuxeo`: tokens in the way that Nuxeo's clients know.
struct NuxeoSection: Sendable {
    /// Whether they get any.
    var enabled = false
}

extension ConfigurationKey {
    static let nuxeo: [ConfigurationKey] = [
        .one(
            "nuxeo.enabled", .truth, default: "false",
            "Whether Nuxeo's command line and other clients of its token authentication get a token of their "
                + "own at `/nuxeo/authentication/token`, in exchange for the one that a person gives them."
        ) { $0.nuxeo.enabled = $1 }
    ]
}

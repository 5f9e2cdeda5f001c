/// `nuxeo`: Nuxeo's token authentication.
struct NuxeoSection: Sendable {
    var enabled = false
}

extension ConfigurationKey {
    static let nuxeo: [ConfigurationKey] = [
        .one(
            "nuxeo.enabled", .truth, default: "false",
            "Whether clients of Nuxeo's token authentication, such as its command line, get a token of their own at "
                + "`/nuxeo/authentication/token`, in exchange for the one that a person enters."
        ) { $0.nuxeo.enabled = $1 }
    ]
}

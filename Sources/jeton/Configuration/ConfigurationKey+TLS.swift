extension ConfigurationKey {
    /// The keys of TLS without a proxy in front.
    static let tls: [ConfigurationKey] = [
        .one(
            "tls.certificate", .path, default: "none: plain HTTP",
            "The file of the certificate that the server itself speaks TLS with, in PEM, followed by those that "
                + "certify it. SIGHUP has the server read it anew ([TLS without a proxy](operate/tls.md))."
        ) { $0.tlsDraft.certificate = $1 },
        .one(
            "tls.key", .path, default: "none: plain HTTP",
            "The file of the certificate's private key, in PEM, without a password, and not readable by everybody."
        ) { $0.tlsDraft.key = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let path = ValueParser("the path of a file", expected: "the path of a file") { text in
        text.isEmpty || text.utf8.contains(0) ? nil : text
    }
}

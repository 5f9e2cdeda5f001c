import SignIn
import Tokens

/// `federation.NAME`: an issuer of identities, as far as it was written.
struct FederationSection: NamedSection {
    let name: ServiceName
    var issuer: String?
    var audience: String?
    /// `nil` where it was not written.
    var writtenKind: IssuerKind?
    var keysAddress: String?
    var keysFile: String?
    var authorities: String?

    init(name: ServiceName) {
        self.name = name
    }
}

extension ConfigurationKey {
    static let federation: [ConfigurationKey] = [
        .issuer(
            "federation.*.issuer", .issuerAddress, default: "none; required",
            "The issuer (`iss`) of identities that jobs may trade for tokens, exactly as it writes itself, such as "
                + "`https://token.actions.githubusercontent.com` or `https://gitlab.example.com` "
                + "([federation](operate/federation.md))."
        ) { $0.issuer = $1 },
        .issuer(
            "federation.*.kind", .issuerKind,
            default:
                "what its address tells (github, gitlab, buildkite or circleci in the cloud); else `oidc`",
            "What kind of system it is: it decides which identifiers a rule has to match, which events get nothing, and "
                + "where a run can be looked at. Give it for a system of your own: its address tells nothing."
        ) { $0.writtenKind = $1 },
        .issuer(
            "federation.*.audience", .title, default: "`public_url`",
            "The audience (`aud`) that identities must have, and no other beside it."
        ) { $0.audience = $1 },
        .issuer(
            "federation.*.jwks_uri", .issuerAddress, default: "the one in its discovery document",
            "Where its public keys are."
        ) { $0.keysAddress = $1 },
        .issuer(
            "federation.*.jwks_file", .title, default: "none",
            "A file with its public keys (RFC 7517), for an issuer that this server cannot reach, such as a cluster. It is "
                + "read again every hour, and for a key that is not in it."
        ) { $0.keysFile = $1 },
        .issuer(
            "federation.*.ca_file", .title, default: "the system's authorities",
            "A file with the certificates to trust when keys are fetched from it, in PEM."
        ) { $0.authorities = $1 },
        .one(
            "trust_rules", .trustOwners, default: "accounts",
            "Who may have trust rules, by which jobs get tokens: service accounts only (`accounts`), or people as well "
                + "(`everybody`)."
        ) { $0.peopleHaveTrustRules = $1 },
    ]

    private static func issuer<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout FederationSection, Value) -> Void
    ) -> Self {
        .named(path, form, default: standard, sentence, in: \.federation, set: set)
    }
}

extension ValueParser<String> {
    fileprivate static let issuerAddress = ValueParser(
        "`https://…`", expected: "an https address such as https://gitlab.example.com"
    ) { ProviderAddress($0)?.text }
}

extension ValueParser<IssuerKind> {
    fileprivate static let issuerKind = ValueParser(
        IssuerKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
        expected: IssuerKind.allCases.map(\.rawValue).joined(separator: ", "),
        schema: .words(of: IssuerKind.self), read: IssuerKind.init(rawValue:))
}

extension ValueParser<Bool> {
    fileprivate static let trustOwners = ValueParser(
        "`accounts` or `everybody`", expected: "accounts or everybody",
        schema: .words(["accounts", "everybody"])
    ) { ["accounts": false, "everybody": true][$0] }
}

extension Configuration {
    /// The issuers whose identities are traded, by name.
    var federationIssuers: [FederationIssuer] {
        federation.sorted { $0.name < $1.name }.compactMap { section in
            guard let issuer = section.issuer else { return nil }
            return FederationIssuer(
                name: section.name.text, issuer: issuer, audience: section.audience ?? "\(publicURL)",
                kind: section.kind, keys: section.keys, authorities: section.authorities)
        }
    }

    /// What is missing or does not fit in `federation`.
    var federationConflicts: [KeyConflict] {
        var conflicts: [KeyConflict] = []
        var known: [String] = []
        for section in federation {
            let path = "federation.\(section.name)"
            guard let issuer = section.issuer else {
                conflicts.append(
                    KeyConflict("\(path).issuer", "is required: the issuer (iss) of the identities"))
                continue
            }
            if known.containsExactly(issuer) {
                conflicts.append(
                    KeyConflict("\(path).issuer", "is that of another name, too: each issuer has one name"))
            }
            known.append(issuer)
            if section.writtenKind == .oidc, let kind = IssuerKind(ofIssuer: issuer) {
                conflicts.append(
                    KeyConflict(
                        "\(path).kind",
                        "must be \(kind.rawValue) for this issuer: as oidc, what is known of it would not be checked"
                    ))
            }
            if section.keysFile != nil, section.keysAddress != nil {
                conflicts.append(
                    KeyConflict(
                        "\(path).jwks_file", beside: "\(path).jwks_uri", "is given beside `jwks_uri`: use one"
                    ))
            }
            for (key, file) in [("jwks_file", section.keysFile), ("ca_file", section.authorities)] {
                guard let file else { continue }
                do throws(Files.Fault) {
                    _ = try Files.read(file, limit: FederationSection.fileLimit)
                } catch {
                    conflicts.append(
                        KeyConflict("\(path).\(key)", "cannot be read (\(file)): \(error.reason)"))
                }
            }
        }
        return conflicts
    }
}

extension FederationSection {
    /// The kind, by what was written or by the address.
    fileprivate var kind: IssuerKind { writtenKind ?? issuer.flatMap(IssuerKind.init(ofIssuer:)) ?? .oidc }

    /// The most bytes of a file of keys or certificates.
    fileprivate static let fileLimit = 1 << 20

    fileprivate var keys: FederationIssuer.Keys {
        if let keysAddress { return .address(keysAddress) }
        guard let file = keysFile else { return .discovery }
        return .file {
            do throws(Files.Fault) {
                return .success(try Files.read(file, limit: Self.fileLimit))
            } catch {
                return .failure(FederationIssuer.KeyFileFault(reason: error.reason))
            }
        }
    }
}

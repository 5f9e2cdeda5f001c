internal import JSON
import Tokens

/// The claims of an ID token whose signature was verified (OpenID Connect Core 1.0, section 2).
struct IDTokenClaims: Sendable {
    let issuer: String?
    let subject: String?
    let audience: [String]
    let authorizedParty: String?
    let expiresAt: Timestamp?
    let issuedAt: Timestamp?
    let notBefore: Timestamp?
    let nonce: String?
    /// The session at the provider, for back-channel logout.
    let sessionID: String?
    /// All claims, for those that describe a person.
    let document: JSONValue

    /// How far the provider's clock and ours may differ.
    static let leeway = TimeSpan.seconds(60)
    /// The most bytes of a `sub` (section 2).
    static let subjectLimit = 255

    /// Reads a payload. A claim of the wrong type is a fault. Null counts as missing, and so does a `sid`
    /// that is not a text, since nothing depends on it.
    init(parsing payload: [UInt8]) throws(IDTokenFault) {
        guard let document = try? JSONValue(parsing: payload), case .object = document else {
            throw .malformed
        }
        self.document = document
        func text(_ name: String) throws(IDTokenFault) -> String? {
            guard let value = document[name], value != .null else { return nil }
            guard case .string(let text) = value else { throw .malformed }
            return text
        }
        func moment(_ name: String) throws(IDTokenFault) -> Timestamp? {
            switch document[name] {
            case nil, .null?: return nil
            // RFC 7519 takes any number. Some 34,000 years are enough, and fit into milliseconds.
            case .integer(let seconds)? where seconds.magnitude < 1 << 40: return Timestamp(seconds: seconds)
            case .number(let seconds)? where seconds.magnitude < 0x1p40:
                return Timestamp(seconds: Int64(seconds))
            default: throw .malformed
            }
        }
        issuer = try text("iss")
        subject = try text("sub")
        authorizedParty = try text("azp")
        nonce = try text("nonce")
        sessionID = document["sid"]?.string
        expiresAt = try moment("exp")
        issuedAt = try moment("iat")
        notBefore = try moment("nbf")
        audience = try Self.audience(document["aud"])
    }

    private static func audience(_ value: JSONValue?) throws(IDTokenFault) -> [String] {
        switch value {
        case nil, .null?: return []
        case .string(let one)?: return [one]
        case .array(let several)?:
            let texts = several.compactMap(\.string)
            guard texts.count == several.count else { throw .malformed }
            return texts
        default: throw .malformed
        }
    }

    /// What is wrong with the token for this client and sign-in at `now`, if anything. `nonce` is `nil` where
    /// none was sent.
    func fault(issuer: String, clientID: String, nonce: String?, at now: Timestamp) -> IDTokenFault? {
        if let fault = partiesFault(issuer: issuer, clientID: clientID) { return fault }
        guard let subject, !subject.isEmpty, subject.utf8.count <= Self.subjectLimit,
            !subject.utf8.contains(0)
        else { return .noSubject }
        if let fault = timeFault(at: now) { return fault }
        guard nonce.map({ self.nonce?.isExactly($0) ?? false }) ?? true else { return .wrongNonce }
        return nil
    }

    /// What is wrong with the token's times at `now`, if anything.
    func timeFault(at now: Timestamp) -> IDTokenFault? {
        guard let expiresAt else { return .noExpiry }
        guard let issuedAt else { return .noIssueTime }
        guard now < expiresAt + Self.leeway else { return .expired }
        guard issuedAt <= now + Self.leeway else { return .issuedInTheFuture }
        if let notBefore, notBefore > now + Self.leeway { return .notYetValid }
        return nil
    }

    /// What is wrong with the issuer and the audience, if anything.
    func partiesFault(issuer: String, clientID: String) -> IDTokenFault? {
        guard self.issuer?.isExactly(issuer) ?? false else { return .wrongIssuer }
        guard audience.containsExactly(clientID) else { return .wrongAudience }
        // Where there are several audiences the authorized party has to be named, and where it is named it
        // has to be us.
        if audience.count > 1, authorizedParty == nil { return .wrongAuthorizedParty }
        if let authorizedParty, !authorizedParty.isExactly(clientID) { return .wrongAuthorizedParty }
        return nil
    }
}

/// Why an ID token is rejected (OpenID Connect Core 1.0, section 3.1.3.7). It holds nothing of the token.
public enum IDTokenFault: Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case malformed
    case wrongIssuer
    case wrongAudience
    case wrongAuthorizedParty
    case noSubject
    case expired
    case notYetValid
    case issuedInTheFuture
    case noExpiry
    case noIssueTime
    case wrongNonce

    /// The reason's name in events.
    public var name: String {
        switch self {
        case .malformed: "id_token_malformed"
        case .wrongIssuer: "id_token_issuer"
        case .wrongAudience: "id_token_audience"
        case .wrongAuthorizedParty: "id_token_azp"
        case .noSubject: "id_token_no_subject"
        case .expired: "id_token_expired"
        case .notYetValid: "id_token_not_yet_valid"
        case .issuedInTheFuture: "id_token_issued_in_future"
        case .noExpiry: "id_token_no_expiry"
        case .noIssueTime: "id_token_no_issue_time"
        case .wrongNonce: "id_token_nonce"
        }
    }

    public var description: String {
        switch self {
        case .malformed: "the ID token is malformed"
        case .wrongIssuer: "the ID token is from a different issuer"
        case .wrongAudience: "the ID token is for a different application"
        case .wrongAuthorizedParty: "the ID token was issued to a different application"
        case .noSubject: "the ID token has no subject"
        case .expired: "the ID token has expired (the two clocks may differ)"
        case .notYetValid: "the ID token is not valid yet (the two clocks may differ)"
        case .issuedInTheFuture:
            "the ID token was issued in the future (the two clocks may differ)"
        case .noExpiry: "the ID token has no expiry"
        case .noIssueTime: "the ID token has no time of issue"
        case .wrongNonce: "the ID token belongs to a different sign-in"
        }
    }
}

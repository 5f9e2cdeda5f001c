internal import Curl
internal import JSON
internal import Signatures
internal import Sodium
public import Tokens

/// The public keys with which GitHub, or a GitHub Enterprise Server, signs reports of its secret scanning
/// (<https://docs.github.com/code-security/secret-scanning/secret-scanning-partner-program>).
///
/// They are fetched when a report names one that is not known, and anew after a while; a fetch that changes nothing costs
/// GitHub nothing (RFC 9110, section 13.1.2).
public actor GitHubKeys {
    private let url: String
    private let authorities: String?
    private let clock: Clock
    private var keys: [String: [UInt8]] = [:]
    private var tag: String?
    private var askedAt: Timestamp?
    private var fault: ReportFault?
    private var fetching: Task<Void, Never>?

    /// How long keys are used without asking for others, and how long not to ask after a report with an unknown key.
    static let lasting = TimeSpan.hours(1), pause = TimeSpan.seconds(30)
    /// The most characters of a key's name.
    private static let nameLimit = 200

    /// Keys of that address, which nobody has asked for yet.
    ///
    /// - Parameter authorities: the file with the certificates to trust, in PEM; `nil` for the system's.
    public init(url: String, trusting authorities: String?, clock: Clock) {
        self.url = url
        self.authorities = authorities
        self.clock = clock
    }

    /// Verifies that GitHub signed `body`: by the key of that identifier, which must be current, with ECDSA on P-256 and
    /// SHA-256. Throws ``ReportFault``.
    ///
    /// - Parameter signature: as in the header, in Base64 (RFC 4648, section 4).
    public func verify(_ body: [UInt8], key identifier: String, signature: String) async throws(ReportFault) {
        guard identifier.utf8.count <= Self.nameLimit,
            let der = Sodium.bytes(fromBase64: Array(signature.utf8).span)
        else {
            throw .badSignature
        }
        let key = try await key(identifier)
        let isSigned: Bool
        do throws(PublicKeyFault) {
            isSigned = try ECDSASignature(der: der).isBy(pem: key, of: body)
        } catch {
            throw .badKey(reason: "\(error)")
        }
        guard isSigned else { throw .badSignature }
    }

    private func key(_ identifier: String) async throws(ReportFault) -> [UInt8] {
        let age = askedAt.map { clock.now - $0 }
        if let age, age < Self.lasting, age >= .seconds(0), let key = keys[identifier] { return key }
        if age.map({ $0 >= Self.pause || $0 < .seconds(0) }) ?? true {
            askedAt = clock.now
            fetching = Task { await fetch() }
        }
        // Reports that come together wait for the same answer.
        await fetching?.value
        if let key = keys[identifier] { return key }
        throw fault ?? .unknownKey
    }

    private func fetch() async {
        do throws(ReportFault) {
            try await load()
            fault = nil
        } catch {
            fault = error
        }
    }

    private func load() async throws(ReportFault) {
        var headers: [HTTPClient.HeaderField] = [
            .init("Accept", "application/json"), .init("User-Agent", "jeton"),
        ]
        if let tag { headers.append(.init("If-None-Match", tag)) }
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", url, headers: headers, trusting: authorities, timeout: 10_000)
        } catch {
            throw .keysUnreachable(reason: error.description)
        }
        if answer.status == 304 { return }
        guard answer.status == 200, let document = try? JSONValue(parsing: answer.body),
            let listed = document["public_keys"]?.array
        else { throw .keysUnreachable(reason: "status \(answer.status), without a list of keys") }
        keys = [:]
        for key in listed where key["is_current"] == .bool(true) {
            guard let name = key["key_identifier"]?.string, let pem = key["key"]?.string else { continue }
            keys[name] = Array(pem.utf8)
        }
        tag = answer.header("ETag")
    }
}

/// Why a report is not believed.
public enum ReportFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The signature is not one of that key, or not in Base64.
    case badSignature
    /// No current key has that identifier.
    case unknownKey
    case badKey(reason: String)
    /// The keys could not be fetched, so that nothing can be verified now.
    case keysUnreachable(reason: String)

    public var description: String {
        switch self {
        case .badSignature: "the signature does not fit the body and the key"
        case .unknownKey: "no current key has that identifier"
        case .badKey(let reason): "the key cannot be used: \(reason)"
        case .keysUnreachable(let reason): "the keys at `leaks.github.keys_url` cannot be read now: \(reason)"
        }
    }
}

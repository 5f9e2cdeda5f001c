public import JSON
public import Tokens

/// The findings of a scanner, as it writes them: gitleaks, TruffleHog, Kingfisher and detect-secrets in their JSON, any
/// scanner in SARIF 2.1, GitHub and GitLab in what they send, and Jeton's own form:
///
///     [{"token": "jtn_…", "url": "https://git.example.com/app/blob/main/.env", "source": "content"}]
public struct FindingDocument: Sendable {
    /// The findings that have the secret itself.
    public var findings: [LeakFinding] = []
    /// The places of findings without it, as detect-secrets writes them: whoever has the files can read it there.
    public var places: [FindingPlace] = []

    /// The most findings of one document.
    public static let limit = 50_000

    /// Reads a document, or several one after another, as JSON lines have them.
    public init(parsing bytes: [UInt8], format: TokenFormat) throws(FindingFault) {
        var reader = FindingReader(format: format)
        for document in try Self.documents(in: bytes) { try reader.read(document) }
        findings = reader.findings
        places = reader.places
    }

    /// The JSON values of a text: it as a whole, or all objects and arrays that stand one after another. What a scanner
    /// writes between and after them, such as a summary, is left out.
    private static func documents(in bytes: [UInt8]) throws(FindingFault) -> [JSONValue] {
        let whole: JSONFault
        do throws(JSONFault) { return [try JSONValue(parsing: bytes)] } catch { whole = error }
        var values: [JSONValue] = []
        for piece in JSONPieces.all(in: bytes) {
            do throws(JSONFault) {
                values.append(try JSONValue(parsing: Array(bytes[piece])))
            } catch {
                guard !values.isEmpty else { throw .notJSON(whole) }
            }
        }
        guard !values.isEmpty else { throw .notJSON(whole) }
        return values
    }
}

/// A place that a scanner names without the secret.
public struct FindingPlace: Hashable, Sendable {
    public let path: String
    /// Counted from 1.
    public let line: Int
}

/// Why a document is not understood.
public enum FindingFault: Error, Hashable, Sendable, CustomStringConvertible {
    case notJSON(JSONFault)
    /// It is JSON of no known form.
    case unknownForm
    /// A member of a finding is missing, or is something else than a text.
    case badMember(place: String, reason: String)
    case tooMany(limit: Int)

    public var description: String {
        switch self {
        case .notJSON(let fault): "This is not JSON: \(fault)"
        case .unknownForm:
            "This is JSON, but no list of findings: it must be an array of objects with `token` and `url`, SARIF, or what "
                + "gitleaks, Kingfisher, TruffleHog or detect-secrets write"
        case .badMember(let place, let reason): "\(place) \(reason)"
        case .tooMany(let limit): "These are more than \(limit) findings: send them in portions"
        }
    }
}

/// Finds the ends of JSON objects and arrays that follow each other.
enum JSONPieces {
    static func all(in bytes: [UInt8]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var depth = 0
        var start = 0
        var isInString = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if isInString {
                if byte == UInt8(ascii: "\\") { index += 1 }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\"") where depth > 0: isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == 0 { start = index }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth > 0 { depth -= 1 }
                    if depth == 0, index > start { pieces.append(start..<index + 1) }
                default: break
                }
            }
            index += 1
        }
        return pieces
    }
}

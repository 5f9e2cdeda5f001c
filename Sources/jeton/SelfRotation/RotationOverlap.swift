import JSON
import Tokens

/// How long the previous secret works, as `--overlap` says it.
enum RotationOverlap: Hashable, Sendable {
    case seconds(Int64)
    case untilMoved

    static let expected = "none, a time up to 7d such as 1h or 24h, or until-moved"

    /// Throws wrong usage where `text` is none of ``expected``.
    init(_ text: String) throws(CommandFailure) {
        switch text {
        case "none": self = .seconds(0)
        case "until-moved": self = .untilMoved
        default:
            guard let span = TimeSpan(text: text), (1...604_800).contains(span.seconds) else {
                throw .misused("--overlap takes \(Self.expected), not “\(shown(text))”")
            }
            self = .seconds(span.seconds)
        }
    }

    /// The body of the request that rotates.
    var body: JSONValue {
        switch self {
        case .seconds(let seconds): ["overlap_seconds": .integer(seconds)]
        case .untilMoved: ["overlap": "until_moved"]
        }
    }

    /// As in "works …".
    var words: String {
        switch self {
        case .seconds(3600): "for another hour"
        case .seconds(let seconds) where seconds % 3600 == 0: "for another \(seconds / 3600) hours"
        case .seconds(let seconds): "for another \(seconds) seconds"
        case .untilMoved: "until everything has moved, at most for 30 days"
        }
    }
}

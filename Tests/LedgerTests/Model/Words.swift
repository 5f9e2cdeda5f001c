import Synchronization
import Tokens

// Words for the counts that a check prints.

extension Answer {
    var word: String {
        switch self {
        case .granted: "granted"
        case .refused(let denial): "\(denial)"
        case .unknown: "unknown"
        }
    }
}

extension TokenModel.Outcome {
    var word: String {
        switch self {
        case .done: "done"
        case .nothing: "nothing"
        case .refused: "refused"
        }
    }
}

extension TokenChange.Kind {
    var word: String { "\(self)".prefix { $0.isLetter }.description }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let kept: Mutex<Value>

    init(_ value: Value) { kept = Mutex(value) }

    var value: Value { kept.withLock(\.self) }

    func change(_ body: (inout Value) -> Void) { kept.withLock { body(&$0) } }
}

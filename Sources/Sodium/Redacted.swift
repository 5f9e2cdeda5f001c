/// A secret value, which prints as `(secret)` in descriptions, interpolations, dumps and mirrors, also inside another
/// value. Conformance is enough:
///
/// ```swift
/// extension KeyedHash: Redacted {}
/// ```
public protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

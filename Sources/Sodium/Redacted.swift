/// A value that prints as nothing: not in a description, an interpolation, a debugger's dump or a
/// mirror, nor within whatever holds it. Adopting it is enough:
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

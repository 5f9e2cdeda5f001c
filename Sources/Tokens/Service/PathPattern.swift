/// A pattern for the paths that scopes of a service may be narrowed to: `/*/*.git`.
///
/// `*` stands for any characters within one segment. A path fits that has as many segments, each of which
/// fits.
public struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    private let segments: [[UInt8]]

    /// The pattern as written, without a trailing slash.
    public let description: String

    /// The expected form, for error messages.
    public static let expected =
        "a path such as /*/*.git, in which * stands for any characters within one segment"

    /// Reads a pattern; `nil` for what is not ``expected``. `**` is refused, since elsewhere it matches
    /// several segments.
    public init?(_ text: String) {
        let typed = Array(text.utf8)
        guard typed.count <= ServicePath.limit, !text.contains("**"),
            let bytes = ServicePath.decoded(typed.span), !bytes.isEmpty
        else { return nil }
        segments = Self.segments(of: bytes)
        description = text.withoutLastSlash
    }

    /// The pattern that only this path fits.
    public init(_ path: ServicePath) {
        segments = Self.segments(of: path.bytes)
        description = path.text
    }

    public func fits(_ path: ServicePath) -> Bool {
        let others = Self.segments(of: path.bytes)
        return others.count == segments.count
            && zip(segments, others).allSatisfy { Self.fits($1[...], $0[...]) }
    }

    /// The first segments of a decoded path, if they fit; `nil` where they do not, or are not plain.
    func beginning(of path: [UInt8]) -> ServicePath? {
        let first = Self.segments(of: path).prefix(segments.count).joined(separator: [UInt8(ascii: "/")])
        guard path.first == UInt8(ascii: "/"),
            let found = ServicePath(
                "/" + Array(first).percentEncoded { $0.isUnreserved || $0 == UInt8(ascii: "/") })
        else { return nil }
        return fits(found) ? found : nil
    }

    /// A path that fits, as people write them: `/team/app.git` for `/*/*.git`.
    public var example: String {
        var words = ["app", "team"].makeIterator()
        let parts = description.split(separator: "*", omittingEmptySubsequences: false).reversed()
        return parts.dropFirst().reduce(String(parts.first ?? "")) { rest, part in
            "\(part)\(words.next() ?? "group")\(rest)"
        }
    }

    private static func segments(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Array.init)
    }

    /// Whether `text` is `pattern` with something, or nothing, in place of each star.
    private static func fits(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (text, pattern) = (text, pattern)
        // For backtracking: the pattern after the latest star, and where in the text it was last tried.
        var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while let byte = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (text, pattern)
            } else if pattern.first == byte {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if let last = retry {
                (text, pattern) = (last.text.dropFirst(), last.pattern)
                retry = (text, pattern)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

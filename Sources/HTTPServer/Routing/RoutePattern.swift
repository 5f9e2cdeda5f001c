internal import Tokens

/// A piece of a path that a route takes as a value.
public protocol PathParameter: Sendable {
    /// The value that a percent-decoded segment spells, or `nil`, which is answered with 404.
    init?(pathSegment: String)
}

extension String: PathParameter {
    public init?(pathSegment: String) { self = pathSegment }
}

/// A route's path, with `{name}` in place of each parameter: `/tokens/{id}`.
struct RoutePattern: Sendable {
    private enum Segment: Hashable {
        case literal([UInt8])
        case parameter
    }

    private let segments: [Segment]

    init(_ text: String) {
        segments =
            PathSegments(Array(text.utf8), most: .max).map { segments in
                segments.all.map { range in
                    let bytes = segments.bytes[range]
                    return bytes.first == UInt8(ascii: "{") ? .parameter : .literal(Array(bytes))
                }
            } ?? []
    }

    /// The number of segments.
    var count: Int { segments.count }

    func fits(_ path: PathSegments) -> Bool {
        guard path.all.count == segments.count else { return false }
        for (segment, range) in zip(segments, path.all) {
            switch segment {
            case .parameter: if range.isEmpty { return false }
            case .literal(let bytes): if !path.bytes[range].elementsEqual(bytes) { return false }
            }
        }
        return true
    }

    /// The percent-decoded parameters of a path that fits.
    func parameters(of path: PathSegments) -> [String] {
        zip(segments, path.all).compactMap { segment, range in
            segment == .parameter ? percentDecoded(path.bytes.span.extracting(range)) : nil
        }
    }
}

/// What is between a path's slashes, where there are not more of these than any route has.
struct PathSegments {
    let bytes: [UInt8]
    let all: [Range<Int>]

    init?(_ bytes: [UInt8], most: Int) {
        var all: [Range<Int>] = []
        var start = 0
        while true {
            let end = bytes.span.firstIndex(of: UInt8(ascii: "/"), from: start) ?? bytes.count
            all.append(start..<end)
            if end == bytes.count { break }
            guard all.count < most else { return nil }
            start = end + 1
        }
        self.bytes = bytes
        self.all = all
    }
}

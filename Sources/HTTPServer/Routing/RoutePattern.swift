internal import Tokens

/// A type that can be a parameter in a route's path.
public protocol PathParameter: Sendable {
    /// Parses a percent-decoded segment; `nil` is answered with 404.
    init?(pathSegment: String)
}

extension Int: PathParameter {
    /// A number from 1 on, as it is usually written: not `01`, nor `+1`.
    public init?(pathSegment: String) {
        guard let number = Int(pathSegment), number > 0, String(number) == pathSegment else { return nil }
        self = number
    }
}

extension String: PathParameter {
    public init?(pathSegment: String) { self = pathSegment }
}

/// A route's path, with `{name}` in place of each parameter: `/tokens/{id}`. A last segment `**` stands for one or more
/// segments of any kind, empty ones too.
struct RoutePattern: Sendable {
    private enum Segment: Hashable {
        case literal([UInt8])
        case parameter
    }

    private let segments: [Segment]
    /// Whether the pattern ends in `**`.
    private let takesMore: Bool

    /// The most segments of a path that `**` matches.
    private static let mostMore = 50

    init(_ text: String) {
        takesMore = text.hasSuffix("/**")
        let text = takesMore ? String(text.dropLast(3)) : text
        segments =
            PathSegments(Array(text.utf8), most: .max).map { segments in
                segments.all.map { range in
                    let bytes = segments.bytes[range]
                    return bytes.first == UInt8(ascii: "{") ? .parameter : .literal(Array(bytes))
                }
            } ?? []
    }

    /// The most segments of a path that fits.
    var count: Int { segments.count + (takesMore ? Self.mostMore : 0) }

    func fits(_ path: PathSegments) -> Bool {
        guard takesMore ? path.all.count > segments.count : path.all.count == segments.count else {
            return false
        }
        for (segment, range) in zip(segments, path.all) {
            switch segment {
            case .parameter: if range.isEmpty { return false }
            case .literal(let bytes): if !path.bytes[range].elementsEqual(bytes) { return false }
            }
        }
        return true
    }

    /// The percent-decoded parameters of a matching path.
    func parameters(of path: PathSegments) -> [String] {
        zip(segments, path.all).compactMap { segment, range in
            segment == .parameter ? path.bytes.span.extracting(range).percentDecoded() : nil
        }
    }
}

/// The segments of a path.
struct PathSegments {
    let bytes: [UInt8]
    let all: [Range<Int>]

    /// `nil` for a path with more than `most` segments, which no route can match.
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

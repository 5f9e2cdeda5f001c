/// Compares a path, byte by byte, with a service's base and a path below it.
struct PathComparison {
    private let base: [UInt8]
    private let path: [UInt8]
    private var place = 0
    private var fits = true

    /// A comparison with `path` below `base`.
    init(base: [UInt8], path: [UInt8]) {
        self.base = base
        self.path = path
    }

    private var total: Int { base.count + path.count }

    /// Whether what was taken is that path, or below it at a slash.
    var isBelow: Bool { fits && place >= total }

    /// Whether what was taken is that path and no more.
    var isSame: Bool { fits && place == total }

    /// Takes the next byte of the path.
    mutating func take(_ byte: UInt8) {
        if place < base.count {
            fits = fits && byte == base[place]
        } else if place < total {
            fits = fits && byte == path[place - base.count]
        } else if place == total {
            fits = fits && byte == UInt8(ascii: "/")
        }
        place += 1
    }
}

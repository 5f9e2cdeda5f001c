extension Span where Element == UInt8 {
    /// The query of a request target; empty where there is none.
    var targetQuery: Span<UInt8> {
        @_lifetime(copy self) get {
            extracting((firstIndex(of: UInt8(ascii: "?")).map { $0 + 1 } ?? count)..<count)
        }
    }

    /// Whether `isFine` holds for each pair of a query and its name. Both `&` and `;` end a pair, since
    /// services differ.
    func everyPair(_ isFine: (_ pair: Span<UInt8>, _ name: Span<UInt8>) -> Bool) -> Bool {
        var start = 0
        while start <= count {
            var end = start
            while end < count, self[end] != UInt8(ascii: "&"), self[end] != UInt8(ascii: ";") { end += 1 }
            let pair = extracting(start..<end)
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.count
            guard isFine(pair, pair.extracting(0..<equals)) else { return false }
            start = end + 1
        }
        return true
    }

    /// Whether a parameter's name consists of letters, digits, `-` and `_`. Any other is refused undecoded,
    /// since it could decode to a name that decides.
    var isPlainName: Bool {
        for index in indices where !self[index].isBase62 && !self[index].isOneOf("-_") { return false }
        return true
    }

    /// Whether a query mounts no blob from another repository (`from`, of the OCI distribution
    /// specification), or from one for which `isCovered` holds.
    func everyMountSource(_ isCovered: (Span<UInt8>) -> Bool) -> Bool {
        var isTold = false
        return everyPair { pair, name in
            guard name.equals("from") || !name.isPlainName else { return true }
            guard name.isExactly("from"), pair.count > name.count, !isTold else { return false }
            isTold = true
            return isCovered(pair.extracting(name.count + 1..<pair.count))
        }
    }

    /// Whether a registry's repository, named as in a query, is unambiguously at `path` or below it:
    /// `team/app` and `team%2Fapp` are at `/v2/team/app`.
    func isRepository(below path: ServicePath) -> Bool {
        var check = PathCheck()
        var comparison = PathComparison(base: [], path: path.bytes)
        func take(_ byte: UInt8) -> Bool {
            comparison.take(byte)
            return check.take(byte)
        }
        for byte in "/v2/".utf8 { _ = take(byte) }
        var index = 0
        while index < count {
            var byte = self[index]
            if byte == UInt8(ascii: "%") {
                guard let decoded = decodedByte(at: index) else { return false }
                byte = decoded
                index += 2
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: " ") {
                // Some services decode it to a space, others do not.
                return false
            }
            guard take(byte) else { return false }
            index += 1
        }
        return check.segmentMayEnd && comparison.isBelow
    }
}

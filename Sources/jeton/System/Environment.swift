// `environ` is a variable of C, and nothing here ever sets one.
@preconcurrency import Glibc

/// The variables of this process.
func environmentOfThisProcess() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let parts = String(cString: entry).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        next = next.successor()
    }
    return variables
}

internal import CZxcvbn

/// Estimates how hard a password is to guess, with zxcvbn: words, names, common passwords, dates, repetitions and keyboard
/// patterns are guessed first.
public enum PasswordStrength {
    /// The most bytes of a password that are judged: the search for dates takes seconds for 100 digits.
    static let judged = 40

    /// The binary logarithm of the number of guesses; `words`, such as the login, are guessed first, ignoring case. Only the
    /// first ``judged`` bytes count, and a NUL ends the password. Thread-safe.
    public static func bits(of password: String, guessingFirst words: [String]) -> Double {
        let beginning = Array(password.utf8.prefix(judged).map { CChar(bitPattern: $0) }) + [0]
        return withCStrings(words.map { $0.lowercased() }) { words in
            beginning.withUnsafeBufferPointer { password in
                ZxcvbnMatch(password.baseAddress, words.baseAddress, nil)
            }
        }
    }

    private static func cString(_ text: String) -> [CChar] {
        text.utf8.map { CChar(bitPattern: $0) } + [0]
    }

    /// Calls `body` with a null-terminated array of C strings.
    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafeMutableBufferPointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let bytes: [CChar] = texts.flatMap(cString)
        return bytes.withUnsafeBufferPointer { bytes in
            var pointers: [UnsafePointer<CChar>?] = []
            var next = bytes.baseAddress
            for text in texts {
                pointers.append(next)
                next = next.map { $0 + text.utf8.count + 1 }
            }
            pointers.append(nil)
            return pointers.withUnsafeMutableBufferPointer { body($0) }
        }
    }
}

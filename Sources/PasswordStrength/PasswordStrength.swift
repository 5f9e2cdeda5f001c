internal import CZxcvbn

/// How hard a password is to guess, by zxcvbn: what it finds of words, names, common passwords, dates,
/// repetitions and neighbours on a keyboard is guessed first.
public enum PasswordStrength {
    /// How many bytes of a password are judged. Looking for dates takes the library seconds at 100 digits.
    static let judged = 40

    /// The logarithm, to the base of two, of the guesses that a password takes; `words` are guessed first of all,
    /// in either case. A long password counts as its beginning, and a NUL ends it.
    ///
    /// The library keeps nothing between two calls, so that any number of threads may ask at once.
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

    /// Calls `body` with the texts as C has them: one array of pointers, and a null pointer behind the last.
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

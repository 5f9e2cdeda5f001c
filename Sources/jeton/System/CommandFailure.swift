import Glibc

/// Why a command did not do as it was asked, in sentences for who typed it.
struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The exit code: 1 where it failed, 2 where the command or the configuration is wrong.
    let code: Int32
    /// What went wrong and what to do.
    let description: String

    /// It failed.
    static func failed(_ description: String) -> Self { Self(code: 1, description: description) }

    /// The command or the configuration is wrong.
    static func misused(_ description: String) -> Self { Self(code: 2, description: description) }
}

/// The system's words for what last went wrong in a call of its.
func systemReason() -> String {
    String(cString: strerror(errno))
}

import Glibc
import HTTPServer

/// Reads passwords, which must not be command line arguments, from a terminal or standard input.
enum Terminal {
    /// The most bytes of a line.
    private static let limit = 4096

    /// A new password: asked for twice without echo on a terminal, else the first line of standard input.
    static func readNewPassword() throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try text(readLine()) }
        let password = try ask("Password: ")
        guard try ask("Repeat password: ") == password else {
            throw .failed("the passwords do not match: nothing was changed")
        }
        return password
    }

    private static func ask(_ prompt: String) throws(CommandFailure) -> String {
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
            throw .failed("cannot turn off the terminal's echo: \(Files.Fault.last.reason)")
        }
        var silent = usual
        // Without signals as well, as getpass(3) does, so that Ctrl-C cannot leave the terminal without echo.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw .failed("cannot turn off the terminal's echo: \(Files.Fault.last.reason)")
        }
        Output.mention(prompt)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
            Output.mention("\n")
        }
        return try text(readLine())
    }

    private static func text(_ line: [UInt8]) throws(CommandFailure) -> String {
        // Ctrl-C, while signals are off.
        guard !line.contains(3) else { throw .failed("cancelled: nothing was changed") }
        guard !line.isEmpty else {
            throw .failed("no password: type one, or write it to standard input on one line")
        }
        guard line.count <= limit, let text = String(validating: line, as: UTF8.self) else {
            throw .failed("the password must be UTF-8 text of at most \(limit) bytes")
        }
        return text
    }

    /// The next line of standard input without the line break. Reads byte by byte, so that nothing else is consumed.
    private static func readLine() throws(CommandFailure) -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= limit {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .failed("cannot read standard input: \(Files.Fault.last.reason)")
            }
            if count == 0 || byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}

/// Writes to standard output and standard error, without a buffer that a signal could lose.
enum Output {
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    /// Whether it is a terminal.
    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Writes all of `text`, even if that means waiting for a slow reader.
    static func write(_ text: String, to stream: Stream) throws(Files.Fault) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = Array(rest).withUnsafeBytes { Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw .last
            }
        }
    }

    /// Writes a message to standard error, and ignores errors.
    static func mention(_ text: String) {
        try? write(text, to: .error)
    }
}

/// Writes a message for the operator to standard error, without waiting for a slow reader.
func report(_ sentence: String) {
    LogWriter.standardError.write("jeton: \(sentence)\n".utf8.span)
}

import Glibc
import HTTPServer

/// Where a person types, or a script pipes in, what must not stand in arguments.
enum Terminal {
    /// The most bytes of a line.
    private static let limit = 4096

    /// A password: asked for twice without echo at a terminal, and else the first line of standard input.
    static func readNewPassword() throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try text(readLine()) }
        let password = try ask("Password: ")
        guard try ask("Again: ") == password else {
            throw .failed("the two passwords are not the same: nothing was changed")
        }
        return password
    }

    private static func ask(_ prompt: String) throws(CommandFailure) -> String {
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
            throw .failed("the terminal's echo cannot be turned off: \(Files.Fault.last.reason)")
        }
        var silent = usual
        // Without signals too, so that no interruption leaves the terminal without echo, as getpass(3) does.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw .failed("the terminal's echo cannot be turned off: \(Files.Fault.last.reason)")
        }
        Output.mention(prompt)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
            Output.mention("\n")
        }
        return try text(readLine())
    }

    private static func text(_ line: [UInt8]) throws(CommandFailure) -> String {
        // What Ctrl-C types while signals are off.
        guard !line.contains(3) else { throw .failed("given up: nothing was changed") }
        guard !line.isEmpty else {
            throw .failed("no password was given: type one, or write one line to standard input")
        }
        guard line.count <= limit, let text = String(validating: line, as: UTF8.self) else {
            throw .failed("the password is no text in UTF-8 of at most \(limit) bytes")
        }
        return text
    }

    /// The next line of standard input without its end, read byte by byte so that no more is taken.
    private static func readLine() throws(CommandFailure) -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= limit {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .failed("standard input cannot be read: \(Files.Fault.last.reason)")
            }
            if count == 0 || byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}

/// Writes to standard output and standard error at once, without a buffer that a signal could lose.
enum Output {
    /// Where to.
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    /// Whether somebody looks at it on a terminal.
    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Writes all of `text`. Waits for a reader that is slow.
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

    /// Tells a person something beside what was asked for; where nobody is told, it is lost.
    static func mention(_ text: String) {
        try? write(text, to: .error)
    }
}

/// Tells the operator of something that went wrong without ending the server. Waits for nobody.
func report(_ sentence: String) {
    LogWriter.standardError.write(Array("jeton: \(sentence)\n".utf8))
}

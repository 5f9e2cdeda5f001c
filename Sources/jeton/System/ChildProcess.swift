// `environ` is a mutable global of C, and nothing in this process sets a variable.
@preconcurrency import Glibc

/// Commands of the operator's, run by the shell.
enum ChildProcess {
    /// Runs `command` with `/bin/sh -c`, writes `input` to its standard input, and waits for its end. Its output is
    /// that of this process.
    ///
    /// Returns the exit code; 128 and the number of the signal where one ended it, as shells have it.
    static func run(_ command: String, input: [UInt8]) throws(Files.Fault) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .last }
        let (reading, writing) = (ends[0], ends[1])
        // The command would wait for the end of its own copy.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child: pid_t
        do throws(Files.Fault) {
            child = try spawn(command, input: reading)
        } catch {
            close(reading)
            close(writing)
            throw error
        }
        close(reading)
        // A command that does not read all of it decides by its exit code.
        var rest = input[...]
        while !rest.isEmpty {
            let count = Array(rest).withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        close(writing)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw .last }
        }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    private static func spawn(_ command: String, input: Int32) throws(Files.Fault) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores SIGPIPE, which the command would inherit.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = []
        for word in ["sh", "-c", command] { words.append(strdup(word)) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let number = posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, environ)
        guard number == 0 else { throw Files.Fault(number: number) }
        return child
    }
}

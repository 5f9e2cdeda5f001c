public import Foundation
import Glibc

/// Another program.
///
/// Not by Foundation's `Process`: where a process has more than some 1,350 files open, as this one has with
/// all the servers of its tests, that reads past the end of the list of them and ends it.
public enum Program {
    /// A program that runs.
    public struct Running: Sendable {
        let child: pid_t
        /// Is at its end when this is closed, as it is where this process ends.
        public let input: FileHandle
        public let output: FileHandle

        /// Waits until it has ended; returns its exit code, or the signal that ended it as a negative number.
        public func exitCode() throws -> Int32 { try Program.exitCode(of: child) }
    }

    /// Runs `arguments[0]`, found along `PATH`, in `folder`; returns its exit code. It reads nothing, and
    /// what it says is left out.
    public static func run(_ arguments: [String], in folder: String) throws -> Int32 {
        try exitCode(of: spawn(["env", "--chdir=\(folder)"] + arguments, discarding: [0, 1, 2]))
    }

    /// Starts `arguments[0]`, found along `PATH`, with a pipe to it and one from it. What it says on the
    /// standard error output goes where this process says it.
    public static func start(_ arguments: [String]) throws -> Running {
        let (input, output) = (try pipe(), try pipe())
        defer {
            close(input.end)
            close(output.begin)
        }
        let child = try spawn(arguments, connecting: [(input.end, 0), (output.begin, 1)])
        return Running(
            child: child, input: FileHandle(fileDescriptor: input.begin, closeOnDealloc: true),
            output: FileHandle(fileDescriptor: output.end, closeOnDealloc: true))
    }

    /// Where one writes and where one reads. No other child gets either.
    private static func pipe() throws -> (begin: Int32, end: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw failure(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[1], ends[0])
    }

    private static func spawn(
        _ arguments: [String], connecting pairs: [(Int32, Int32)] = [], discarding nothings: [Int32] = []
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in nothings {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        for (here, there) in pairs { posix_spawn_file_actions_adddup2(&actions, here, there) }
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = posix_spawnp(&child, arguments[0], &actions, nil, words, environ)
        guard code == 0 else { throw failure(code) }
        return child
    }

    private static func exitCode(of child: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw failure(errno) }
        }
        // As WIFEXITED and WEXITSTATUS tell.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }

    private static func failure(_ code: Int32) -> POSIXError {
        POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
    }
}

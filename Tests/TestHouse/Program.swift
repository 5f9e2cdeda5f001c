import Foundation
import Glibc

/// Another program, run to its end.
///
/// Not by Foundation's `Process`: where a process has more than some 1,350 files open, as this one has with
/// all the servers of its tests, that reads past the end of the list of them and ends it.
public enum Program {
    /// Runs `arguments[0]`, found along `PATH`, in `folder`; returns its exit code. It reads nothing, and
    /// what it says is left out.
    public static func run(_ arguments: [String], in folder: String) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        let words = (["env", "--chdir=\(folder)"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let failure = posix_spawnp(&child, "env", &actions, nil, words, environ)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .ENOENT) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECHILD) }
        }
        // As WIFEXITED and WEXITSTATUS tell.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }
}

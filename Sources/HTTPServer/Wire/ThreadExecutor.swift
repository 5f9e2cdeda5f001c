import Dispatch
import Glibc
import Synchronization

/// A task executor with its own threads, for tasks that must not wait behind others. Swift's shared pool has one thread
/// for each processor, and strangers' requests run there.
///
/// The threads live as long as the process.
final class ThreadExecutor: TaskExecutor {
    /// For urgent routes.
    static let urgent = ThreadExecutor(threads: 4)

    private struct Queue {
        /// The waiting jobs start at `next`.
        var jobs: [UnownedJob] = []
        var next = 0
    }

    /// The number of finished jobs after which they are removed, so that a queue that is never empty does not grow.
    private static let kept = 1024

    private let queue = Mutex(Queue())
    private let isWaiting = DispatchSemaphore(value: 0)

    init(threads: Int) {
        for _ in 0..<threads { start() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.jobs.append(job) }
        isWaiting.signal()
    }

    private func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ThreadExecutor>.fromOpaque(context).takeUnretainedValue().run()
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            return
        }
        pthread_detach(thread)
    }

    private func run() -> Never {
        while true {
            isWaiting.wait()
            take()?.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func take() -> UnownedJob? {
        queue.withLock { queue in
            guard queue.next < queue.jobs.count else { return nil }
            defer {
                queue.next += 1
                if queue.next == queue.jobs.count {
                    queue = Queue()
                } else if queue.next == Self.kept {
                    queue.jobs.removeFirst(queue.next)
                    queue.next = 0
                }
            }
            return queue.jobs[queue.next]
        }
    }
}

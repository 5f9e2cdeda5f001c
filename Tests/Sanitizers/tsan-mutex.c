// Tells the thread sanitizer of the slow path of Swift's Mutex; loaded by LD_PRELOAD.
//
// The fast path is compiled into our code and instrumented with it. Where a lock is contended, the
// standard library and the kernel hand it over (futex(2), FUTEX_LOCK_PI), neither of which is
// instrumented, and every use of what the lock protects looks like a race. These two stand before
// `_MutexHandle._lockSlow(UInt32)` and `_unlockSlow()` and say what happens.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define swift_call __attribute__((swiftcall))
#define swift_self __attribute__((swift_context))

static void tell(const char *what, void *handle) {
    // Not there in a process that is not instrumented, such as SwiftPM's own.
    void (*function)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, what);
    if (function) function(handle);
}

swift_call void jeton_lock_slow(uint32_t thread, swift_self void *handle) __asm__(LOCK);
swift_call void jeton_lock_slow(uint32_t thread, swift_self void *handle) {
    ((swift_call void (*)(uint32_t, swift_self void *))dlsym(RTLD_NEXT, LOCK))(thread, handle);
    tell("__tsan_acquire", handle);
}

swift_call void jeton_unlock_slow(swift_self void *handle) __asm__(UNLOCK);
swift_call void jeton_unlock_slow(swift_self void *handle) {
    tell("__tsan_release", handle);
    ((swift_call void (*)(swift_self void *))dlsym(RTLD_NEXT, UNLOCK))(handle);
}

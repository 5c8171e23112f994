// Lets ThreadSanitizer see the locks of Swift's Mutex. Preloaded by Scripts/sanitize.
//
// Who finds a Mutex free takes it by an atomic operation of his own, which is built with the sanitizer. Who finds it taken
// asks the kernel in libswiftSynchronization, which is not, so that whatever the lock guards looks unguarded from there on.
// These two stand in front of that library's own and say what they do: the lock's word is acquired, or released.
//
// Swift passes `self` in a register of its own, hence the calling convention, which clang knows.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Of the sanitizer's library; absent in the programs beside the tests, which are not built so.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static void *next(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF) {
  ((SWIFT void (*)(uint32_t, SELF))next(LOCK_SLOW))(thread, self);
  if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF) {
  if (__tsan_release) __tsan_release(self);
  ((SWIFT void (*)(SELF))next(UNLOCK_SLOW))(self);
}

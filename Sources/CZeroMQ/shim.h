#pragma once
// What Swift cannot call as it stands: Linux constants that are C enums, variadic calls, and the two steps of
// sending a shared part, which belong together.
// No _GNU_SOURCE: it changes the layout of types that Swift's own Glibc module has already seen without it.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

// MARK: libzmq

static const int32_t offramp_interrupted = EINTR;
static const int32_t offramp_error_terminated = ETERM;
static const int32_t offramp_error_incompatible_protocol = ENOCOMPATPROTO;

// Makes a message's content reference-counted now, by the one thread that has it. Afterwards zmq_msg_copy only adds
// to an atomic counter, so any number of threads may copy (that is, send) the same part at once.
static inline void offramp_share(zmq_msg_t *part) {
  zmq_msg_t copy;
  zmq_msg_init(&copy);
  zmq_msg_copy(&copy, part);
  zmq_msg_close(&copy);
}

// Sends another reference to a part, whose owner keeps his. 0, or -1 with errno.
static inline int offramp_send_reference(void *socket, zmq_msg_t *part, int flags) {
  zmq_msg_t copy;
  zmq_msg_init(&copy);
  if (zmq_msg_copy(&copy, part) != 0) return -1;
  int sent;
  do {
    sent = zmq_msg_send(&copy, socket, flags);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return 0;
  int reason = errno;
  zmq_msg_close(&copy);
  errno = reason;
  return -1;
}

// Receives one part without waiting. 0, or -1 with errno; `part` must be initialised.
static inline int offramp_receive(void *socket, zmq_msg_t *part) {
  int received;
  do {
    received = zmq_msg_recv(part, socket, ZMQ_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  return received < 0 ? -1 : 0;
}

// Whether some process listens on this Unix socket. libzmq unlinks the file before it binds, and so would take over
// a living process's endpoint without a word.
static inline int offramp_unix_socket_is_served(const char *path) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) return 0;
  strcpy(address.sun_path, path);
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return 0;
  int connected = connect(probe, (struct sockaddr *)&address, sizeof address);
  int served = connected == 0 || errno == EAGAIN || errno == EINPROGRESS;
  close(probe);
  return served;
}

// MARK: Linux descriptors, clock and threads

static inline int offramp_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline int offramp_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }

// `at` is an absolute CLOCK_MONOTONIC time in nanoseconds; 0 disarms.
static inline int offramp_timerfd_arm(int descriptor, int64_t at) {
  struct itimerspec when = {{0, 0}, {at / 1000000000LL, at % 1000000000LL}};
  return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, 0);
}

// Blocks the signals for the calling thread and everything it spawns later, and returns a descriptor for them.
static inline int offramp_signalfd(const int32_t *signals, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int blocked = pthread_sigmask(SIG_BLOCK, &set, 0);
  if (blocked != 0) {
    errno = blocked;
    return -1;
  }
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// The next signal's number, or 0 when none is pending.
static inline int32_t offramp_signalfd_next(int descriptor) {
  struct signalfd_siginfo info;
  ssize_t got;
  do {
    got = read(descriptor, &info, sizeof info);
  } while (got < 0 && errno == EINTR);
  return got == (ssize_t)sizeof info ? (int32_t)info.ssi_signo : 0;
}

// The processors of the calling thread, a bit each; -1 with errno. The library's own calls want _GNU_SOURCE.
static inline long offramp_get_affinity(uint64_t *bits, size_t bytes) {
  return syscall(SYS_sched_getaffinity, 0, bytes, bits);
}
static inline long offramp_set_affinity(const uint64_t *bits, size_t bytes) {
  return syscall(SYS_sched_setaffinity, 0, bytes, bits);
}

static inline int64_t offramp_monotonic_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline void offramp_set_timer_slack(uint64_t nanoseconds) {
  prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0, 0, 0);
}

// Have the kernel kill this process when the one that started it ends.
static inline void offramp_die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

static inline void offramp_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

// Stands in for CUDA's runtime in tests: "device" memory is the host's, and copies wait until someone waits for them, so
// that work which is read too early is seen. Memory of the host that was not pinned, copies in a direction that their
// places do not have, and what goes up and comes down are counted. FAILS, a string, makes it fail:
//   driver   no driver, or too old a one     none     no device
//   full     allocations above 1 MiB fail    broken   waiting fails
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COPIES = 100000, MOST_STREAMS = 64 };
typedef struct {
  void *to;
  const void *from;
  size_t bytes;
} copy;
struct stream {
  copy *copies;
  size_t count;
};
enum { MOST_PINNED = 64 };
static int allocated, streams, waits, asked, torn, unpinned, up, down;
static struct {
  const char *at;
  size_t bytes;
} pinned[MOST_PINNED];
static struct stream *all[MOST_STREAMS];

#ifndef FAILS
#define FAILS ""
#endif
static int fails(const char *how) { return strcmp(FAILS, how) == 0; }
// 0 when everything was given back, and nothing that a copy was still to read or write.
int fake_balance(void) { return allocated + 1000 * streams + 1000000 * torn; }
int fake_waits(void) { return waits; }
int fake_copies(void) { return asked; }
int fake_streams(void) { return streams; }
// Copies whose end on the host is not pinned, or whose end on the device is.
int fake_unpinned(void) { return unpinned; }
// Values of 4 bytes that went up to the device, and that came down.
int fake_values_up(void) { return up; }
int fake_values_down(void) { return down; }
static int is_pinned(const void *at, size_t bytes) {
  for (int i = 0; i < MOST_PINNED; i++)
    if (pinned[i].at && (const char *)at >= pinned[i].at && (const char *)at + bytes <= pinned[i].at + pinned[i].bytes)
      return 1;
  return 0;
}

int cudaGetDeviceCount(int *count) {
  *count = 2;
  if (fails("driver")) return 35;
  if (fails("none")) return 100;
  return 0;
}
int cudaSetDevice(int device) { return device < 0 || device > 1 ? 101 : 0; }
int cudaDeviceGetAttribute(int *out, int which, int device) { return *out = which == 75 ? 9 : device, 0; }
int cudaRuntimeGetVersion(int *out) { return *out = 13000, 0; }
int cudaDriverGetVersion(int *out) { return *out = 12040, 0; }
int cudaMemGetInfo(size_t *unused, size_t *total) { return *unused = 3 << 20, *total = 8 << 20, 0; }
int cudaMalloc(void **out, size_t bytes) {
  if (fails("full") && bytes > 1 << 20) return 2;
  if (posix_memalign(out, 256, bytes)) return 2;
  memset(*out, 0xA5, bytes);
  allocated++;
  return 0;
}
int cudaFree(void *at) {
  const char *start = at, *end = start + malloc_usable_size(at);
  for (int i = 0; i < MOST_STREAMS; i++)
    for (size_t c = 0; all[i] && c < all[i]->count; c++) {
      const char *to = all[i]->copies[c].to, *from = all[i]->copies[c].from;
      if ((to >= start && to < end) || (from >= start && from < end)) torn++;
    }
  return free(at), allocated--, 0;
}
int cudaHostAlloc(void **out, size_t bytes, unsigned flags) {
  if (flags) return 1;
  int code = cudaMalloc(out, bytes);
  for (int i = 0; !code; i++) {
    if (i == MOST_PINNED) return 2;
    if (pinned[i].at) continue;
    pinned[i].at = *out;
    pinned[i].bytes = bytes;
    break;
  }
  return code;
}
int cudaFreeHost(void *at) {
  for (int i = 0; i < MOST_PINNED; i++)
    if (pinned[i].at == at) pinned[i].at = NULL;
  return cudaFree(at);
}
int cudaStreamCreateWithFlags(void **out, unsigned flags) {
  struct stream *stream = calloc(1, sizeof *stream);
  stream->copies = calloc(MOST_COPIES, sizeof *stream->copies);
  *out = stream;
  streams++;
  for (int i = 0; i < MOST_STREAMS; i++)
    if (!all[i]) {
      all[i] = stream;
      break;
    }
  return flags == 1 ? 0 : 1;
}
int cudaStreamDestroy(void *of) {
  struct stream *stream = of;
  streams--;
  for (int i = 0; i < MOST_STREAMS; i++)
    if (all[i] == stream) all[i] = NULL;
  return free(stream->copies), free(stream), 0;
}
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *of) {
  struct stream *stream = of;
  if (kind < 1 || kind > 3 || stream->count == MOST_COPIES) return 1;
  asked++;
  // 1 up, 2 down, 3 on the device.
  if (is_pinned(from, bytes) != (kind == 1) || is_pinned(to, bytes) != (kind == 2)) unpinned++;
  if (kind == 1) up += bytes / 4;
  if (kind == 2) down += bytes / 4;
  stream->copies[stream->count++] = (copy){to, from, bytes};
  return 0;
}
int cudaStreamSynchronize(void *of) {
  struct stream *stream = of;
  if (fails("broken")) return 719;
  waits++;
  for (size_t i = 0; i < stream->count; i++) memcpy(stream->copies[i].to, stream->copies[i].from, stream->copies[i].bytes);
  stream->count = 0;
  return 0;
}
int cudaGetLastError(void) { return 0; }
const char *cudaGetErrorString(int code) { return code == 719 ? "unspecified launch failure" : "an error"; }

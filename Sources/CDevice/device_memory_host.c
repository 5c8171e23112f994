// The host's own memory in a device's place: what is asked for is done at once.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/device_memory.h"
#include "include/engine_failure.h"

enum { ALIGNMENT = 256 };

static int allocate(const device_memory *memory, size_t bytes, void **out, engine_error *error) {
  (void)memory;
  *out = NULL;
  if (bytes > SIZE_MAX - ALIGNMENT || posix_memalign(out, ALIGNMENT, bytes ? bytes : 1)) {
    *out = NULL;
    return engine_fail(error, "lower the largest batch", "the host has no %zu MiB left", bytes >> 20);
  }
  return 0;
}
static void release(const device_memory *memory, void *at) {
  (void)memory;
  free(at);
}
static int move(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error) {
  (void)memory, (void)error;
  memcpy(to, from, bytes);
  return 0;
}
static int synchronise(const device_memory *memory, engine_error *error) {
  (void)memory, (void)error;
  return 0;
}
static void close_host(device_memory *memory) { (void)memory; }

int device_memory_open_host(device_memory *out, engine_error *error) {
  (void)error;
  *out = (device_memory){.description = "host memory",
                         .device = OFFRAMP_ON_PROCESSOR,
                         .allocate = allocate,
                         .release = release,
                         .allocate_pinned = allocate,
                         .release_pinned = release,
                         .upload = move,
                         .download = move,
                         .copy = move,
                         .synchronise = synchronise,
                         .close = close_host};
  return 0;
}

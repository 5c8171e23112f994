// The memory of a device, and the order of what happens there.
//
// Two kinds: CUDA, whose runtime library is loaded at run time, so that the package builds without it; and the host's own
// memory, which stands in for a device where there is none. Each has a stream of its own: what is asked of one happens
// in order.
#ifndef OFFRAMP_DEVICE_MEMORY_H
#define OFFRAMP_DEVICE_MEMORY_H

#include "engine_table.h"

typedef struct device_memory device_memory;
struct device_memory {
  // Such as "CUDA device 0 (NVIDIA H100 80GB HBM3)".
  char description[160];
  // The GPU's number, or OFFRAMP_ON_PROCESSOR.
  int device;
  // CUDA's stream; NULL on the host.
  void *stream;

  // At least a byte, aligned for any vector.
  int (*allocate)(const device_memory *memory, size_t bytes, void **out, engine_error *error);
  void (*release)(const device_memory *memory, void *at);
  // Memory of the host that the device reads and writes by itself.
  int (*allocate_pinned)(const device_memory *memory, size_t bytes, void **out, engine_error *error);
  void (*release_pinned)(const device_memory *memory, void *at);

  // These three may return before they are done; `synchronise` waits for all of them.
  int (*upload)(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error);
  int (*download)(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error);
  int (*copy)(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error);
  int (*synchronise)(const device_memory *memory, engine_error *error);
  // Frees the stream; all memory must have been released.
  void (*close)(device_memory *memory);

  // What the kind keeps.
  void *state;
};

int device_memory_open_host(device_memory *out, engine_error *error);
// `library`: libcudart's file, or NULL for the one that the system finds.
int device_memory_open_cuda(const char *library, int device, device_memory *out, engine_error *error);

#endif

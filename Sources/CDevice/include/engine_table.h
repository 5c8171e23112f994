// The function table of an engine whose batches stay on a device from the first byte to the exit.
//
// ONNX Runtime on a device is behind one inside the program; a plugin, a shared object that is loaded at run time,
// exports one. This file is all that a plugin's source needs of the project.
//
// Every function that can fail returns 0 on success; otherwise the error's text says what went wrong in one line. Every
// call waits for the device, apart from `append`: when it returns, what it says is done. Of an instance that `queues`,
// only `take_logits` and `download` do; what fails behind the others' backs is then reported by a later call. One
// instance runs one thing at a time, on the caller's thread. Values are float32, row after row. Blocks and exits count
// from 1.
#ifndef OFFRAMP_ENGINE_TABLE_H
#define OFFRAMP_ENGINE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Changes whenever this table does. A plugin of another version is refused.
#define OFFRAMP_ENGINE_VERSION 2u
// What a plugin exports: its table, or NULL where it speaks another version.
#define OFFRAMP_ENGINE_ENTRY "offramp_engine"

enum {
  // The processor and its own memory, in place of a device's number.
  OFFRAMP_ON_PROCESSOR = -1,
};

typedef struct engine_error {
  // Ends in a zero byte; cut where it is longer.
  char text[512];
  // What to do about it; empty where the engine does not know.
  char remedy[256];
} engine_error;

typedef struct engine_instance engine_instance;
typedef struct engine_batch engine_batch;

typedef struct engine_options {
  // The GPU's number, or OFFRAMP_ON_PROCESSOR.
  int32_t device;
  // Threads it may use on the processor, at least 1.
  int32_t threads;
  // Most rows of a batch, at least 1.
  size_t largest_batch;
  // Not 0: `finish_appending`, `run`, `gather` and `run_head` ask for their work and do not wait for it, so that times
  // taken around them say nothing. For measuring what waiting costs.
  int32_t queues;
  // Features go up in pieces of at least so many bytes, each as soon as it is complete; 0: the engine's own choice.
  size_t upload_bytes;
  // What an engine inside the program needs beside this; NULL for a plugin.
  const void *context;
} engine_options;

// A block or an exit head: an ONNX file's bytes, which may be freed after loading, and what it maps to what, per row.
typedef struct engine_part {
  const void *bytes;
  size_t count;
  size_t input_values;
  size_t output_values;
} engine_part;

typedef struct engine_table {
  uint32_t version;
  // Such as "libtorch"; lives as long as the program.
  const char *name;

  int (*open)(const engine_options *options, engine_instance **out, engine_error *error);
  // Its batches must be freed before.
  void (*close)(engine_instance *instance);
  // Engine and version, a comma, and the device, such as "libtorch 2.11.0, CUDA device 0 (NVIDIA H100)"; lives as long as the instance.
  const char *(*describe)(const engine_instance *instance);

  // Loads the next block, or the next exit head; a model has as many of either.
  int (*load_block)(engine_instance *instance, const engine_part *part, engine_error *error);
  int (*load_head)(engine_instance *instance, const engine_part *part, engine_error *error);
  // After all are loaded: what must be known or allocated before the first batch.
  int (*finish_loading)(engine_instance *instance, engine_error *error);

  int (*make_batch)(engine_instance *instance, engine_batch **out, engine_error *error);
  void (*free_batch)(engine_batch *batch);

  // Takes in `feature`, as it enters `block`, as row `row`, which is behind those that are there. The caller's memory may
  // change when it returns; the row is on the device after `finish_appending`.
  int (*append)(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error);
  int (*finish_appending)(engine_batch *batch, engine_error *error);
  // Replaces the first `rows` rows by what `block` makes of them; others are gone. There is no call for keeping the first
  // rows: it moves nothing, and every call says how many there are.
  int (*run)(engine_batch *batch, size_t block, size_t rows, engine_error *error);
  // Keeps the rows with these `count` indices, in this order.
  int (*gather)(engine_batch *batch, const size_t *order, size_t count, engine_error *error);
  // Runs an exit head on `rows` rows from `first` on; the logits stay on the device.
  int (*run_head)(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error);
  // The logits of the last `run_head`, one row after the other; they hold until the next call.
  int (*take_logits)(engine_batch *batch, const float **out, engine_error *error);
  // `rows` rows of features from `first` on, for checks.
  int (*download)(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error);
} engine_table;

typedef const engine_table *(*engine_entry)(uint32_t version);

#ifdef __cplusplus
}
#endif
#endif

// What the two halves of ONNX Runtime on a device share: the instance, and its batches.
#ifndef OFFRAMP_ONNX_DEVICE_INTERNAL_H
#define OFFRAMP_ONNX_DEVICE_INTERNAL_H

#include "include/onnx_device.h"
#include "onnx_internal.h"

typedef struct {
  onnx_session **list;
  size_t count;
} sessions;

struct engine_instance {
  const onnx_runtime *runtime;
  device_memory memory;
  // What ONNX Runtime calls that memory.
  OrtMemoryInfo *place;
  int uses_cuda;
  // Whether calls only ask for their work; and then how a session is told not to wait behind a run, else NULL.
  int queues;
  OrtRunOptions *run_options;
  // Features are uploaded in pieces of this size.
  size_t upload_bytes;
  size_t largest;
  sessions blocks, heads;
  // One for each head, made once.
  OrtIoBinding **head_bindings;
  // Greatest number of values that a row has at a block's entry, and anywhere.
  size_t widest_entry, widest;
  size_t classes;
  float *logits, *pinned_logits;
  char description[256];
};

struct engine_batch {
  engine_instance *instance;
  // They take turns as a block's input and output.
  float *buffers[2];
  int current;
  // Of each row now.
  size_t values;
  float *staging;
  // Rows in `staging` whose upload has not been asked for.
  size_t pending_first, pending_count;
  // Values of `staging` that the device may still be reading: they may not be refilled before someone has waited.
  size_t flying_first, flying_end;
  // Rows of the last `run_head`.
  size_t answered;
  // A binding for each block, input buffer and number of rows, made when it is first needed.
  OrtIoBinding **bindings;
};

// Makes ONNX Runtime's words about CUDA one line that names what is missing. -1.
int onnx_device_explain(engine_error *error);
// Before memory is given back, where nobody waited for what reads and writes it; whether that failed matters to nobody.
void onnx_device_settle(const engine_instance *instance);
// Bytes of a full batch whose rows have `values`; 0 where no size says that.
size_t onnx_device_bytes(const engine_instance *instance, size_t values);

// The table's functions of these names.
int onnx_batch_make(engine_instance *instance, engine_batch **out, engine_error *error);
void onnx_batch_free(engine_batch *batch);
int onnx_batch_append(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error);
int onnx_batch_finish_appending(engine_batch *batch, engine_error *error);
int onnx_batch_run(engine_batch *batch, size_t block, size_t rows, engine_error *error);
int onnx_batch_gather(engine_batch *batch, const size_t *order, size_t count, engine_error *error);
int onnx_batch_run_head(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error);
int onnx_batch_take_logits(engine_batch *batch, const float **out, engine_error *error);
int onnx_batch_download(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error);

#endif

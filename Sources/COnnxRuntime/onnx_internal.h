// What the files of this target share.
#ifndef OFFRAMP_ONNX_INTERNAL_H
#define OFFRAMP_ONNX_INTERNAL_H

#include "engine_failure.h"
#include "include/onnx_engine.h"
#include "ort_table.h"

enum { MOST_DIMENSIONS = 8 };

struct onnx_runtime {
  ort_functions call;
  OrtEnv *environment;
  OrtMemoryInfo *memory;
  OrtAllocator *allocator;
  const char *version;
};

// One end of a model. dimensions[0] is the batch and filled in at each run.
typedef struct {
  char name[64];
  int64_t dimensions[MOST_DIMENSIONS];
  size_t rank;
  size_t values;
} tensor_end;

struct onnx_session {
  const onnx_runtime *runtime;
  OrtSession *session;
  tensor_end input;
  tensor_end output;
};

// Where a session computes, if not on the processor.
typedef struct {
  int device;
  // CUDA's, on which all of the session's work is ordered.
  void *stream;
} onnx_gpu;

int onnx_fail(engine_error *error, const char *text);
// Takes `status`: 0 where there is none, otherwise its text is in `error` and it is released.
int onnx_check(const onnx_runtime *runtime, OrtStatus *status, engine_error *error);
// `gpu`: NULL for the processor.
int onnx_session_open_on(const onnx_runtime *runtime, const onnx_gpu *gpu, const void *model, size_t count,
                         const char *input, const char *output, onnx_session **out, engine_error *error);
// A tensor over `rows` rows at `data`, which must stay; `memory` says where that is.
int onnx_wrap(const onnx_runtime *runtime, const OrtMemoryInfo *memory, const tensor_end *end, const float *data,
              size_t rows, OrtValue **out, engine_error *error);

#endif

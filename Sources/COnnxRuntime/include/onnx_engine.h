// ONNX Runtime as this project uses it: one environment per process, and models with one float32 input and one float32
// output whose first dimension is the batch.
//
// The library is loaded at run time, so that the package builds where it is not installed. Every function that can
// fail returns 0 on success; otherwise the error's text says what went wrong, and nothing was created.
#ifndef OFFRAMP_ONNX_ENGINE_H
#define OFFRAMP_ONNX_ENGINE_H

#include "engine_table.h"

typedef struct onnx_runtime onnx_runtime;
typedef struct onnx_session onnx_session;

typedef engine_error onnx_error;

// Loads `library` (a path) and creates the environment with one pool of `threads` threads (1: the caller's alone) that
// all sessions share. `spin`: idle threads of the pool busy-wait, which is faster and burns a core. Call it once per
// process: a second environment would silently share the first one's pool.
int onnx_runtime_open(const char *library, int threads, int spin, onnx_runtime **out, onnx_error *error);
// The library's version, such as "1.28.0".
const char *onnx_runtime_version(const onnx_runtime *runtime);
// There is no close: the library must never be unloaded, and the environment lives as long as the process.

// Makes a session of a model's bytes, which may be freed afterwards. The model must have one float32 input called
// `input` and one float32 output called `output`, each with a free first dimension and fixed positive ones behind it.
int onnx_session_open(const onnx_runtime *runtime, const void *model, size_t count, const char *input,
                      const char *output, onnx_session **out, onnx_error *error);
void onnx_session_close(onnx_session *session);
// Values per row.
size_t onnx_session_input_values(const onnx_session *session);
size_t onnx_session_output_values(const onnx_session *session);

// Runs `rows` >= 1 rows from `input` to `output`, in the caller's memory, without copying either. Blocks its thread.
// Several threads may run one session at once, on memory of their own.
int onnx_session_run(const onnx_session *session, const float *input, float *output, size_t rows, onnx_error *error);

#endif

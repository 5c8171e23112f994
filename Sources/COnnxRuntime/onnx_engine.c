#define _GNU_SOURCE
#include "onnx_internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int onnx_fail(engine_error *error, const char *text) {
  return engine_fail(error, "", "%s", text ? text : "unknown error");
}

int onnx_check(const onnx_runtime *runtime, OrtStatus *status, engine_error *error) {
  if (!status) return 0;
  onnx_fail(error, runtime->call.GetErrorMessage(status));
  runtime->call.ReleaseStatus(status);
  return -1;
}

// -- The runtime ------------------------------------------------------------------------------------------------------

static int open_environment(onnx_runtime *runtime, int threads, int spin, engine_error *error) {
  const ort_functions *call = &runtime->call;
  OrtThreadingOptions *options = NULL;
  if (onnx_check(runtime, call->CreateThreadingOptions(&options), error)) return -1;
  int failed = onnx_check(runtime, call->SetGlobalIntraOpNumThreads(options, threads), error) ||
               onnx_check(runtime, call->SetGlobalInterOpNumThreads(options, 1), error) ||
               onnx_check(runtime, call->SetGlobalSpinControl(options, spin), error) ||
               onnx_check(runtime,
                     call->CreateEnvWithGlobalThreadPools(ORT_LOG_FATAL, "offramp", options, &runtime->environment),
                     error) ||
               onnx_check(runtime, call->CreateCpuMemoryInfo(ORT_ARENA_ALLOCATOR, ORT_DEFAULT_MEMORY, &runtime->memory),
                     error) ||
               onnx_check(runtime, call->GetAllocatorWithDefaultOptions(&runtime->allocator), error);
  call->ReleaseThreadingOptions(options);
  return failed ? -1 : 0;
}

int onnx_runtime_open(const char *library, int threads, int spin, onnx_runtime **out, engine_error *error) {
  *out = NULL;
  // Libraries from 1.29 on upload usage data unless this is set before they load.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return onnx_fail(error, dlerror());
  const OrtApiBase *(*base)(void) = (const OrtApiBase *(*)(void))(uintptr_t)dlsym(handle, "OrtGetApiBase");
  if (!base) return onnx_fail(error, "the library has no OrtGetApiBase, so it is not ONNX Runtime");
  const void *const *table = base()->table(ORT_TABLE_VERSION);
  if (!table) return onnx_fail(error, "the library is older than ONNX Runtime 1.17");
  onnx_runtime *runtime = calloc(1, sizeof *runtime);
  if (!runtime) return onnx_fail(error, "out of memory");
  runtime->call = ort_functions_from(table);
  runtime->version = base()->version();
  if (open_environment(runtime, threads, spin, error)) {
    if (runtime->memory) runtime->call.ReleaseMemoryInfo(runtime->memory);
    if (runtime->environment) runtime->call.ReleaseEnv(runtime->environment);
    free(runtime);
    return -1;
  }
  *out = runtime;
  return 0;
}

const char *onnx_runtime_version(const onnx_runtime *runtime) { return runtime->version; }

// -- Sessions ---------------------------------------------------------------------------------------------------------

static int read_dimensions(const onnx_runtime *runtime, const OrtTensorInfo *info, tensor_end *end, engine_error *error) {
  const ort_functions *call = &runtime->call;
  int type = 0;
  if (onnx_check(runtime, call->GetTensorElementType(info, &type), error)) return -1;
  if (onnx_check(runtime, call->GetDimensionsCount(info, &end->rank), error)) return -1;
  if (type != ORT_FLOAT32 || end->rank < 2 || end->rank > MOST_DIMENSIONS) {
    snprintf(error->text, sizeof error->text, "\"%s\" is not a float32 tensor of 2 to %d dimensions", end->name,
             MOST_DIMENSIONS);
    return -1;
  }
  if (onnx_check(runtime, call->GetDimensions(info, end->dimensions, end->rank), error)) return -1;
  if (end->dimensions[0] != -1) {
    snprintf(error->text, sizeof error->text, "the first dimension of \"%s\" is fixed, not the batch", end->name);
    return -1;
  }
  end->values = 1;
  for (size_t i = 1; i < end->rank; i++) {
    if (end->dimensions[i] < 1 || end->dimensions[i] > INT32_MAX ||
        __builtin_mul_overflow(end->values, (size_t)end->dimensions[i], &end->values)) {
      snprintf(error->text, sizeof error->text, "dimension %zu of \"%s\" is not fixed and positive", i, end->name);
      return -1;
    }
  }
  return 0;
}

static int read_end(const onnx_runtime *runtime, OrtSession *session, const char *name, int is_input, tensor_end *end,
                    engine_error *error) {
  const ort_functions *call = &runtime->call;
  size_t count = 0;
  char *found = NULL;
  if (onnx_check(runtime, (is_input ? call->SessionGetInputCount : call->SessionGetOutputCount)(session, &count), error))
    return -1;
  if (count == 1 && onnx_check(runtime,
                          (is_input ? call->SessionGetInputName : call->SessionGetOutputName)(
                              session, 0, runtime->allocator, &found),
                          error))
    return -1;
  int matches = found && strcmp(found, name) == 0;
  if (found) onnx_check(runtime, call->AllocatorFree(runtime->allocator, found), error);
  if (!matches || strlen(name) >= sizeof end->name) {
    snprintf(error->text, sizeof error->text, "the model must have exactly one %s, called \"%s\"",
             is_input ? "input" : "output", name);
    return -1;
  }
  memcpy(end->name, name, strlen(name) + 1);

  OrtTypeInfo *type = NULL;
  const OrtTensorInfo *info = NULL;  // Belongs to `type`.
  if (onnx_check(runtime, (is_input ? call->SessionGetInputTypeInfo : call->SessionGetOutputTypeInfo)(session, 0, &type),
            error))
    return -1;
  int failed = onnx_check(runtime, call->CastTypeInfoToTensorInfo(type, &info), error);
  if (!failed && !info) failed = onnx_fail(error, "the model's input or output is not a tensor");
  if (!failed) failed = read_dimensions(runtime, info, end, error);
  call->ReleaseTypeInfo(type);
  return failed;
}

// Keeps everything on the GPU: a node that has no place there is an error, not a detour through the processor.
static int add_cuda(const onnx_runtime *runtime, const onnx_gpu *gpu, OrtSessionOptions *options, engine_error *error) {
  const ort_functions *call = &runtime->call;
  OrtCUDAProviderOptionsV2 *cuda = NULL;
  if (onnx_check(runtime, call->CreateCUDAProviderOptions(&cuda), error)) return -1;
  char device[16];
  snprintf(device, sizeof device, "%d", gpu->device);
  // TensorFloat-32 would answer otherwise than the processor, in the third digit.
  const char *names[] = {"device_id", "use_tf32"}, *values[] = {device, "0"};
  int failed =
      onnx_check(runtime, call->UpdateCUDAProviderOptions(cuda, names, values, 2), error) ||
      onnx_check(runtime, call->UpdateCUDAProviderOptionsWithValue(cuda, "user_compute_stream", gpu->stream), error) ||
      onnx_check(runtime, call->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda), error) ||
      onnx_check(runtime, call->AddSessionConfigEntry(options, "session.disable_cpu_ep_fallback", "1"), error);
  call->ReleaseCUDAProviderOptions(cuda);
  return failed ? -1 : 0;
}

static int create(const onnx_runtime *runtime, const onnx_gpu *gpu, const void *model, size_t count, OrtSession **out,
                  engine_error *error) {
  const ort_functions *call = &runtime->call;
  OrtSessionOptions *options = NULL;
  if (onnx_check(runtime, call->CreateSessionOptions(&options), error)) return -1;
  int failed = onnx_check(runtime, call->SetSessionGraphOptimizationLevel(options, ORT_ALL_OPTIMISATIONS), error) ||
               onnx_check(runtime, call->DisablePerSessionThreads(options), error) ||
               (gpu && add_cuda(runtime, gpu, options, error)) ||
               onnx_check(runtime, call->CreateSessionFromArray(runtime->environment, model, count, options, out), error);
  call->ReleaseSessionOptions(options);
  return failed ? -1 : 0;
}

int onnx_session_open(const onnx_runtime *runtime, const void *model, size_t count, const char *input,
                      const char *output, onnx_session **out, engine_error *error) {
  return onnx_session_open_on(runtime, NULL, model, count, input, output, out, error);
}

int onnx_session_open_on(const onnx_runtime *runtime, const onnx_gpu *gpu, const void *model, size_t count,
                         const char *input, const char *output, onnx_session **out, engine_error *error) {
  *out = NULL;
  onnx_session *session = calloc(1, sizeof *session);
  if (!session) return onnx_fail(error, "out of memory");
  session->runtime = runtime;
  if (create(runtime, gpu, model, count, &session->session, error) ||
      read_end(runtime, session->session, input, 1, &session->input, error) ||
      read_end(runtime, session->session, output, 0, &session->output, error)) {
    onnx_session_close(session);
    return -1;
  }
  *out = session;
  return 0;
}

void onnx_session_close(onnx_session *session) {
  if (!session) return;
  if (session->session) session->runtime->call.ReleaseSession(session->session);
  free(session);
}

size_t onnx_session_input_values(const onnx_session *session) { return session->input.values; }
size_t onnx_session_output_values(const onnx_session *session) { return session->output.values; }

// -- Running ----------------------------------------------------------------------------------------------------------

int onnx_wrap(const onnx_runtime *runtime, const OrtMemoryInfo *memory, const tensor_end *end, const float *data,
              size_t rows, OrtValue **out, engine_error *error) {
  int64_t dimensions[MOST_DIMENSIONS];
  memcpy(dimensions, end->dimensions, sizeof dimensions);
  dimensions[0] = (int64_t)rows;
  return onnx_check(runtime,
               runtime->call.CreateTensorWithDataAsOrtValue(memory, (void *)(uintptr_t)data,
                                                            rows * end->values * sizeof *data, dimensions, end->rank,
                                                            ORT_FLOAT32, out),
               error);
}

int onnx_session_run(const onnx_session *session, const float *input, float *output, size_t rows, engine_error *error) {
  const onnx_runtime *runtime = session->runtime;
  const char *input_name = session->input.name, *output_name = session->output.name;
  // Two small allocations, about 0.2 us: not worth a cache per batch size and offset.
  OrtValue *from = NULL, *to = NULL;
  int failed = onnx_wrap(runtime, runtime->memory, &session->input, input, rows, &from, error) ||
               onnx_wrap(runtime, runtime->memory, &session->output, output, rows, &to, error);
  if (!failed) {
    const OrtValue *inputs = from;
    failed = onnx_check(runtime,
                   runtime->call.Run(session->session, NULL, &input_name, &inputs, 1, &output_name, 1, &to), error);
  }
  if (from) runtime->call.ReleaseValue(from);
  if (to) runtime->call.ReleaseValue(to);
  return failed ? -1 : 0;
}

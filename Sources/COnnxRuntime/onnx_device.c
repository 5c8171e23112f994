// ONNX Runtime on a device: sessions bound to buffers that never leave it.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_device_internal.h"

// Features are uploaded in pieces of this size, unless another is asked for: the device reads one while the next is
// copied.
enum { UPLOAD_BYTES = 256 << 10 };

// -- Errors -----------------------------------------------------------------------------------------------------------

int onnx_device_explain(engine_error *error) {
  char *text = error->text, *missing = strstr(text, ": cannot open shared object file");
  if (strstr(text, "not enabled in this build"))
    return engine_fail(error, "name the library of onnxruntime-gpu 1.28.0, which Scripts/gpu/setup-cuda fetches",
                       "this library of ONNX Runtime is built without CUDA");
  if (missing) {
    char name[128];
    *missing = 0;
    char *start = strrchr(text, ' ');
    snprintf(name, sizeof name, "%s", start ? start + 1 : text);
    return engine_fail(error, "install it, and name its folder in LD_LIBRARY_PATH (Docs/GPU.md)",
                       "ONNX Runtime's CUDA provider needs %s, which is missing", name);
  }
  if (strstr(text, "out of memory") || strstr(text, "Failed to allocate memory"))
    snprintf(error->remedy, sizeof error->remedy, "lower the largest batch, or free the device of other programs");
  return -1;
}

// -- Opening and loading ----------------------------------------------------------------------------------------------

static void close_sessions(sessions *parts) {
  for (size_t i = 0; i < parts->count; i++) onnx_session_close(parts->list[i]);
  free(parts->list);
}

void onnx_device_settle(const engine_instance *instance) {
  engine_error ignored;
  if (instance->queues) instance->memory.synchronise(&instance->memory, &ignored);
}

static void close_instance(engine_instance *instance) {
  if (!instance) return;
  const ort_functions *call = &instance->runtime->call;
  onnx_device_settle(instance);
  for (size_t i = 0; instance->head_bindings && i < instance->heads.count; i++)
    if (instance->head_bindings[i]) call->ReleaseIoBinding(instance->head_bindings[i]);
  free(instance->head_bindings);
  close_sessions(&instance->blocks);
  close_sessions(&instance->heads);
  if (instance->place) call->ReleaseMemoryInfo(instance->place);
  if (instance->run_options) call->ReleaseRunOptions(instance->run_options);
  instance->memory.release(&instance->memory, instance->logits);
  instance->memory.release_pinned(&instance->memory, instance->pinned_logits);
  instance->memory.close(&instance->memory);
  free(instance);
}

// ONNX Runtime waits for its stream behind each run, unless the run says otherwise.
static int make_run_options(engine_instance *instance, engine_error *error) {
  const onnx_runtime *runtime = instance->runtime;
  if (!instance->queues) return 0;
  return onnx_check(runtime, runtime->call.CreateRunOptions(&instance->run_options), error) ||
                 onnx_check(runtime,
                            runtime->call.AddRunConfigEntry(instance->run_options,
                                                            "disable_synchronize_execution_providers", "1"),
                            error)
             ? -1
             : 0;
}

static int open_instance(const engine_options *options, engine_instance **out, engine_error *error) {
  const onnx_device_context *context = options->context;
  device_memory memory = *context->memory;
  *out = NULL;
  engine_instance *instance = calloc(1, sizeof *instance);
  if (!instance) {
    memory.close(&memory);
    return onnx_fail(error, "out of memory");
  }
  instance->runtime = context->runtime;
  instance->memory = memory;
  instance->uses_cuda = context->uses_cuda;
  instance->queues = options->queues != 0;
  instance->upload_bytes = options->upload_bytes ? options->upload_bytes : UPLOAD_BYTES;
  instance->largest = options->largest_batch;
  const ort_functions *call = &instance->runtime->call;
  OrtStatus *status =
      context->uses_cuda
          ? call->CreateMemoryInfo("Cuda", ORT_DEVICE_ALLOCATOR, memory.device, ORT_DEFAULT_MEMORY, &instance->place)
          : call->CreateCpuMemoryInfo(ORT_ARENA_ALLOCATOR, ORT_DEFAULT_MEMORY, &instance->place);
  if (onnx_check(instance->runtime, status, error) || make_run_options(instance, error)) {
    close_instance(instance);
    return -1;
  }
  snprintf(instance->description, sizeof instance->description, "ONNX Runtime %s, %s", instance->runtime->version,
           memory.description);
  *out = instance;
  return 0;
}

static const char *describe(const engine_instance *instance) { return instance->description; }

static int load(engine_instance *instance, sessions *parts, const char *output, const engine_part *part,
                engine_error *error) {
  onnx_session **list = realloc(parts->list, (parts->count + 1) * sizeof *list);
  if (!list) return onnx_fail(error, "out of memory");
  parts->list = list;
  onnx_gpu gpu = {.device = instance->memory.device, .stream = instance->memory.stream};
  onnx_session *session = NULL;
  if (onnx_session_open_on(instance->runtime, instance->uses_cuda ? &gpu : NULL, part->bytes, part->count, "x", output,
                           &session, error))
    return instance->uses_cuda ? onnx_device_explain(error) : -1;
  if (session->input.values != part->input_values || session->output.values != part->output_values) {
    engine_fail(error, "", "the model maps %zu values to %zu, its manifest says %zu to %zu", session->input.values,
                session->output.values, part->input_values, part->output_values);
    onnx_session_close(session);
    return -1;
  }
  parts->list[parts->count++] = session;
  return 0;
}
static int load_block(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, &instance->blocks, "features", part, error);
}
static int load_head(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, &instance->heads, "logits", part, error);
}

size_t onnx_device_bytes(const engine_instance *instance, size_t values) {
  size_t bytes;
  if (__builtin_mul_overflow(values, instance->largest, &bytes) ||
      __builtin_mul_overflow(bytes, sizeof(float), &bytes))
    return 0;
  return bytes;
}

static int finish_loading(engine_instance *instance, engine_error *error) {
  const device_memory *memory = &instance->memory;
  for (size_t i = 0; i < instance->blocks.count; i++) {
    size_t input = instance->blocks.list[i]->input.values, output = instance->blocks.list[i]->output.values;
    if (input > instance->widest_entry) instance->widest_entry = input;
    if (input > instance->widest) instance->widest = input;
    if (output > instance->widest) instance->widest = output;
  }
  for (size_t i = 0; i < instance->heads.count; i++)
    if (instance->heads.list[i]->output.values > instance->classes)
      instance->classes = instance->heads.list[i]->output.values;
  size_t logits = onnx_device_bytes(instance, instance->classes);
  if (!instance->heads.count || !logits || !onnx_device_bytes(instance, instance->widest))
    return onnx_fail(error, "the model has no exits, or a batch of it no size");
  instance->head_bindings = calloc(instance->heads.count, sizeof *instance->head_bindings);
  if (!instance->head_bindings) return onnx_fail(error, "out of memory");
  for (size_t i = 0; i < instance->heads.count; i++)
    if (onnx_check(instance->runtime,
                   instance->runtime->call.CreateIoBinding(instance->heads.list[i]->session,
                                                           &instance->head_bindings[i]),
                   error))
      return -1;
  void *at = NULL, *pinned = NULL;
  if (memory->allocate(memory, logits, &at, error)) return -1;
  instance->logits = at;
  if (memory->allocate_pinned(memory, logits, &pinned, error)) return -1;
  instance->pinned_logits = pinned;
  return 0;
}

const engine_table *onnx_device_table(void) {
  static const engine_table table = {
      .version = OFFRAMP_ENGINE_VERSION,
      .name = "ONNX Runtime",
      .open = open_instance,
      .close = close_instance,
      .describe = describe,
      .load_block = load_block,
      .load_head = load_head,
      .finish_loading = finish_loading,
      .make_batch = onnx_batch_make,
      .free_batch = onnx_batch_free,
      .append = onnx_batch_append,
      .finish_appending = onnx_batch_finish_appending,
      .run = onnx_batch_run,
      .gather = onnx_batch_gather,
      .run_head = onnx_batch_run_head,
      .take_logits = onnx_batch_take_logits,
      .download = onnx_batch_download,
  };
  return &table;
}

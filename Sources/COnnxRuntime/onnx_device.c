// ONNX Runtime on a device: sessions bound to buffers that never leave it.
#define _GNU_SOURCE
#include "include/onnx_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_internal.h"

// Features are uploaded in pieces of this size, so that the device reads one while the next is copied.
enum { UPLOAD_BYTES = 256 << 10 };

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
  // Rows of the last `run_head`.
  size_t answered;
  // A binding for each block, input buffer and number of rows, made when it is first needed.
  OrtIoBinding **bindings;
};

// -- Errors -----------------------------------------------------------------------------------------------------------

// Makes ONNX Runtime's words about CUDA one line that names what is missing.
static int explain(engine_error *error) {
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

static void close_instance(engine_instance *instance) {
  if (!instance) return;
  const ort_functions *call = &instance->runtime->call;
  for (size_t i = 0; instance->head_bindings && i < instance->heads.count; i++)
    if (instance->head_bindings[i]) call->ReleaseIoBinding(instance->head_bindings[i]);
  free(instance->head_bindings);
  close_sessions(&instance->blocks);
  close_sessions(&instance->heads);
  if (instance->place) call->ReleaseMemoryInfo(instance->place);
  instance->memory.release(&instance->memory, instance->logits);
  instance->memory.release_pinned(&instance->memory, instance->pinned_logits);
  instance->memory.close(&instance->memory);
  free(instance);
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
  instance->largest = options->largest_batch;
  const ort_functions *call = &instance->runtime->call;
  OrtStatus *status =
      context->uses_cuda
          ? call->CreateMemoryInfo("Cuda", ORT_DEVICE_ALLOCATOR, memory.device, ORT_DEFAULT_MEMORY, &instance->place)
          : call->CreateCpuMemoryInfo(ORT_ARENA_ALLOCATOR, ORT_DEFAULT_MEMORY, &instance->place);
  if (onnx_check(instance->runtime, status, error)) {
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
    return instance->uses_cuda ? explain(error) : -1;
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

// Bytes of a full batch whose rows have `values`; 0 where no size says that.
static size_t bytes_of(const engine_instance *instance, size_t values) {
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
  size_t logits = bytes_of(instance, instance->classes);
  if (!instance->heads.count || !logits || !bytes_of(instance, instance->widest))
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

// -- Batches ----------------------------------------------------------------------------------------------------------

static void free_batch(engine_batch *batch) {
  if (!batch) return;
  engine_instance *instance = batch->instance;
  size_t bindings = batch->bindings ? instance->blocks.count * 2 * instance->largest : 0;
  for (size_t i = 0; i < bindings; i++)
    if (batch->bindings[i]) instance->runtime->call.ReleaseIoBinding(batch->bindings[i]);
  free(batch->bindings);
  for (int i = 0; i < 2; i++) instance->memory.release(&instance->memory, batch->buffers[i]);
  instance->memory.release_pinned(&instance->memory, batch->staging);
  free(batch);
}

static int make_batch(engine_instance *instance, engine_batch **out, engine_error *error) {
  const device_memory *memory = &instance->memory;
  *out = NULL;
  engine_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return onnx_fail(error, "out of memory");
  batch->instance = instance;
  batch->bindings = calloc(instance->blocks.count * 2 * instance->largest, sizeof *batch->bindings);
  void *first = NULL, *second = NULL, *staging = NULL;
  int failed = batch->bindings ? 0 : onnx_fail(error, "out of memory");
  failed = failed || memory->allocate(memory, bytes_of(instance, instance->widest), &first, error) ||
           memory->allocate(memory, bytes_of(instance, instance->widest), &second, error) ||
           memory->allocate_pinned(memory, bytes_of(instance, instance->widest_entry), &staging, error);
  batch->buffers[0] = first;
  batch->buffers[1] = second;
  batch->staging = staging;
  if (failed) {
    free_batch(batch);
    return -1;
  }
  *out = batch;
  return 0;
}

// -- Rows in, about and out -------------------------------------------------------------------------------------------

static float *row_of(const engine_batch *batch, size_t row) {
  return batch->buffers[batch->current] + row * batch->values;
}

static int upload_pending(engine_batch *batch, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  size_t bytes = batch->pending_count * batch->values * sizeof(float);
  int failed = bytes && memory->upload(memory, row_of(batch, batch->pending_first),
                                       batch->staging + batch->pending_first * batch->values, bytes, error);
  batch->pending_count = 0;
  return failed ? -1 : 0;
}

static int append(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error) {
  size_t values = batch->instance->blocks.list[block - 1]->input.values;
  if (row == 0) batch->values = values;
  if (row >= batch->instance->largest || values != batch->values)
    return onnx_fail(error, "a row that does not fit the batch");
  if (batch->pending_count && row != batch->pending_first + batch->pending_count && upload_pending(batch, error))
    return -1;
  if (batch->pending_count == 0) batch->pending_first = row;
  memcpy(batch->staging + row * values, feature, values * sizeof(float));
  batch->pending_count++;
  return batch->pending_count * values * sizeof(float) >= UPLOAD_BYTES ? upload_pending(batch, error) : 0;
}

static int finish_appending(engine_batch *batch, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  return upload_pending(batch, error) || memory->synchronise(memory, error) ? -1 : 0;
}

// One copy for each run of neighbours.
static int gather(engine_batch *batch, const size_t *order, size_t count, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  float *to = batch->buffers[!batch->current];
  for (size_t i = 0, next; i < count; i = next) {
    next = i + 1;
    while (next < count && order[next] == order[next - 1] + 1) next++;
    if (memory->copy(memory, to + i * batch->values, row_of(batch, order[i]),
                     (next - i) * batch->values * sizeof(float), error))
      return -1;
  }
  batch->current = !batch->current;
  return memory->synchronise(memory, error);
}

static int download(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  return memory->download(memory, to, row_of(batch, first), rows * batch->values * sizeof(float), error) ||
                 memory->synchronise(memory, error)
             ? -1
             : 0;
}

// -- Running ----------------------------------------------------------------------------------------------------------

static int bind(engine_instance *instance, const onnx_session *session, OrtIoBinding *binding, const float *from,
                float *to, size_t rows, engine_error *error) {
  const onnx_runtime *runtime = instance->runtime;
  OrtValue *input = NULL, *output = NULL;
  int failed = onnx_wrap(runtime, instance->place, &session->input, from, rows, &input, error) ||
               onnx_wrap(runtime, instance->place, &session->output, to, rows, &output, error) ||
               onnx_check(runtime, runtime->call.BindInput(binding, session->input.name, input), error) ||
               onnx_check(runtime, runtime->call.BindOutput(binding, session->output.name, output), error);
  // The binding has shares of its own in both.
  if (input) runtime->call.ReleaseValue(input);
  if (output) runtime->call.ReleaseValue(output);
  return failed ? -1 : 0;
}

// The library waits for its work on the stream; what it does not wait for, this does.
static int run_bound(engine_instance *instance, const onnx_session *session, const OrtIoBinding *binding,
                     engine_error *error) {
  const onnx_runtime *runtime = instance->runtime;
  if (onnx_check(runtime, runtime->call.RunWithBinding(session->session, NULL, binding), error)) return explain(error);
  return instance->memory.synchronise(&instance->memory, error);
}

static OrtIoBinding *binding_of(engine_batch *batch, size_t block, size_t rows, engine_error *error) {
  engine_instance *instance = batch->instance;
  const onnx_session *session = instance->blocks.list[block - 1];
  OrtIoBinding **kept =
      &batch->bindings[((block - 1) * 2 + (size_t)batch->current) * instance->largest + rows - 1];
  if (*kept) return *kept;
  OrtIoBinding *made = NULL;
  if (onnx_check(instance->runtime, instance->runtime->call.CreateIoBinding(session->session, &made), error))
    return NULL;
  if (bind(instance, session, made, batch->buffers[batch->current], batch->buffers[!batch->current], rows, error)) {
    instance->runtime->call.ReleaseIoBinding(made);
    return NULL;
  }
  return *kept = made;
}

static int run(engine_batch *batch, size_t block, size_t rows, engine_error *error) {
  const onnx_session *session = batch->instance->blocks.list[block - 1];
  if (rows < 1 || rows > batch->instance->largest || batch->values != session->input.values)
    return onnx_fail(error, "the batch is not at this block");
  OrtIoBinding *binding = binding_of(batch, block, rows, error);
  if (!binding || run_bound(batch->instance, session, binding, error)) return -1;
  batch->current = !batch->current;
  batch->values = session->output.values;
  return 0;
}

static int run_head(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error) {
  engine_instance *instance = batch->instance;
  const onnx_session *session = instance->heads.list[exit - 1];
  OrtIoBinding *binding = instance->head_bindings[exit - 1];
  if (rows < 1 || rows > instance->largest || first > instance->largest - rows ||
      batch->values != session->input.values)
    return onnx_fail(error, "the batch is not at this exit");
  batch->answered = rows * session->output.values;
  return bind(instance, session, binding, row_of(batch, first), instance->logits, rows, error) ||
                 run_bound(instance, session, binding, error)
             ? -1
             : 0;
}

static int take_logits(engine_batch *batch, const float **out, engine_error *error) {
  engine_instance *instance = batch->instance;
  const device_memory *memory = &instance->memory;
  *out = instance->pinned_logits;
  return memory->download(memory, instance->pinned_logits, instance->logits, batch->answered * sizeof(float), error) ||
                 memory->synchronise(memory, error)
             ? -1
             : 0;
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
      .make_batch = make_batch,
      .free_batch = free_batch,
      .append = append,
      .finish_appending = finish_appending,
      .run = run,
      .gather = gather,
      .run_head = run_head,
      .take_logits = take_logits,
      .download = download,
  };
  return &table;
}

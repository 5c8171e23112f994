// Batches on a device: rows in, about and out, and the sessions that run on them.
#include <stdlib.h>
#include <string.h>

#include "onnx_device_internal.h"

// -- Batches ----------------------------------------------------------------------------------------------------------

void onnx_batch_free(engine_batch *batch) {
  if (!batch) return;
  engine_instance *instance = batch->instance;
  onnx_device_settle(instance);
  size_t bindings = batch->bindings ? instance->blocks.count * 2 * instance->largest : 0;
  for (size_t i = 0; i < bindings; i++)
    if (batch->bindings[i]) instance->runtime->call.ReleaseIoBinding(batch->bindings[i]);
  free(batch->bindings);
  for (int i = 0; i < 2; i++) instance->memory.release(&instance->memory, batch->buffers[i]);
  instance->memory.release_pinned(&instance->memory, batch->staging);
  free(batch);
}

int onnx_batch_make(engine_instance *instance, engine_batch **out, engine_error *error) {
  const device_memory *memory = &instance->memory;
  *out = NULL;
  engine_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return onnx_fail(error, "out of memory");
  batch->instance = instance;
  batch->bindings = calloc(instance->blocks.count * 2 * instance->largest, sizeof *batch->bindings);
  void *first = NULL, *second = NULL, *staging = NULL;
  int failed = batch->bindings ? 0 : onnx_fail(error, "out of memory");
  failed = failed || memory->allocate(memory, onnx_device_bytes(instance, instance->widest), &first, error) ||
           memory->allocate(memory, onnx_device_bytes(instance, instance->widest), &second, error) ||
           memory->allocate_pinned(memory, onnx_device_bytes(instance, instance->widest_entry), &staging, error);
  batch->buffers[0] = first;
  batch->buffers[1] = second;
  batch->staging = staging;
  if (failed) {
    onnx_batch_free(batch);
    return -1;
  }
  *out = batch;
  return 0;
}

// -- Rows in, about and out -------------------------------------------------------------------------------------------

static float *row_of(const engine_batch *batch, size_t row) {
  return batch->buffers[batch->current] + row * batch->values;
}

// When a call is over: waits for what it asked for, unless the instance only queues.
static int done(const engine_instance *instance, engine_error *error) {
  return instance->queues ? 0 : instance->memory.synchronise(&instance->memory, error);
}

static int wait_for(engine_batch *batch, engine_error *error) {
  batch->flying_first = batch->flying_end = 0;
  return batch->instance->memory.synchronise(&batch->instance->memory, error);
}

static int upload_pending(engine_batch *batch, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  size_t first = batch->pending_first * batch->values, count = batch->pending_count * batch->values;
  batch->pending_count = 0;
  if (count == 0) return 0;
  if (batch->flying_first == batch->flying_end) batch->flying_first = first;
  if (first < batch->flying_first) batch->flying_first = first;
  if (first + count > batch->flying_end) batch->flying_end = first + count;
  return memory->upload(memory, batch->buffers[batch->current] + first, batch->staging + first, count * sizeof(float),
                        error);
}

int onnx_batch_append(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error) {
  size_t values = batch->instance->blocks.list[block - 1]->input.values;
  if (row == 0) batch->values = values;
  if (row >= batch->instance->largest || values != batch->values)
    return onnx_fail(error, "a row that does not fit the batch");
  if (batch->pending_count && row != batch->pending_first + batch->pending_count && upload_pending(batch, error))
    return -1;
  int is_read = row * values < batch->flying_end && (row + 1) * values > batch->flying_first;
  if (is_read && wait_for(batch, error)) return -1;
  if (batch->pending_count == 0) batch->pending_first = row;
  memcpy(batch->staging + row * values, feature, values * sizeof(float));
  batch->pending_count++;
  size_t waiting = batch->pending_count * values * sizeof(float);
  return waiting >= batch->instance->upload_bytes ? upload_pending(batch, error) : 0;
}

int onnx_batch_finish_appending(engine_batch *batch, engine_error *error) {
  if (upload_pending(batch, error)) return -1;
  return batch->instance->queues ? 0 : wait_for(batch, error);
}

// One copy for each run of neighbours.
int onnx_batch_gather(engine_batch *batch, const size_t *order, size_t count, engine_error *error) {
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
  return done(batch->instance, error);
}

int onnx_batch_download(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error) {
  const device_memory *memory = &batch->instance->memory;
  return memory->download(memory, to, row_of(batch, first), rows * batch->values * sizeof(float), error) ||
                 wait_for(batch, error)
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

// The library waits for its work on the stream, unless it is told not to; what it does not wait for, this does. Where
// the processor computes, nobody orders it behind the stream: so the stream must be done before.
static int run_bound(engine_instance *instance, const onnx_session *session, const OrtIoBinding *binding,
                     engine_error *error) {
  const onnx_runtime *runtime = instance->runtime;
  if (instance->queues && !instance->uses_cuda && instance->memory.synchronise(&instance->memory, error)) return -1;
  if (onnx_check(runtime, runtime->call.RunWithBinding(session->session, instance->run_options, binding), error))
    return onnx_device_explain(error);
  return done(instance, error);
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

int onnx_batch_run(engine_batch *batch, size_t block, size_t rows, engine_error *error) {
  const onnx_session *session = batch->instance->blocks.list[block - 1];
  if (rows < 1 || rows > batch->instance->largest || batch->values != session->input.values)
    return onnx_fail(error, "the batch is not at this block");
  OrtIoBinding *binding = binding_of(batch, block, rows, error);
  if (!binding || run_bound(batch->instance, session, binding, error)) return -1;
  batch->current = !batch->current;
  batch->values = session->output.values;
  return 0;
}

int onnx_batch_run_head(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error) {
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

int onnx_batch_take_logits(engine_batch *batch, const float **out, engine_error *error) {
  engine_instance *instance = batch->instance;
  const device_memory *memory = &instance->memory;
  *out = instance->pinned_logits;
  return memory->download(memory, instance->pinned_logits, instance->logits, batch->answered * sizeof(float), error) ||
                 wait_for(batch, error)
             ? -1
             : 0;
}

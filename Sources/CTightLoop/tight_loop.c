#include "include/tight_loop.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct tight_loop {
  const onnx_session **blocks;
  const onnx_session **heads;
  // They take turns as a block's input and output.
  float *current;
  float *other;
  float *logits;
};

static float *floats(size_t count) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, (count ? count : 1) * sizeof(float)) ? NULL : memory;
}

static const onnx_session **copy(const onnx_session *const *sessions, size_t count) {
  const onnx_session **own = malloc(count * sizeof *own);
  if (own) memcpy(own, sessions, count * sizeof *own);
  return own;
}

tight_loop *tight_loop_make(const onnx_session *const *blocks, const onnx_session *const *heads, size_t count,
                            size_t largest, size_t widest, size_t classes) {
  tight_loop *loop = calloc(1, sizeof *loop);
  if (!loop) return NULL;
  loop->blocks = copy(blocks, count);
  loop->heads = copy(heads, count);
  loop->current = floats(largest * widest);
  loop->other = floats(largest * widest);
  loop->logits = floats(largest * classes);
  return loop;
}

void tight_loop_free(tight_loop *loop) {
  free(loop->blocks);
  free(loop->heads);
  free(loop->current);
  free(loop->other);
  free(loop->logits);
  free(loop);
}

int64_t tight_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void take_turns(tight_loop *loop) {
  float *current = loop->current;
  loop->current = loop->other;
  loop->other = current;
}

int tight_loop_run(tight_loop *loop, const tight_step *steps, size_t count, const int32_t *orders,
                   const float *const *features, tight_times *times, onnx_error *error) {
  size_t rows = 0, values = 0;
  int64_t start;
  for (const tight_step *step = steps; step < steps + count; step++) {
    switch (step->kind) {
      case TIGHT_APPEND:
        values = onnx_session_input_values(loop->blocks[step->part - 1]);
        start = tight_now();
        for (int32_t i = 0; i < step->count; i++)
          memcpy(loop->current + rows++ * values, *features++, values * sizeof(float));
        times->appending += tight_now() - start;
        break;
      case TIGHT_RUN:
        start = tight_now();
        if (onnx_session_run(loop->blocks[step->part - 1], loop->current, loop->other, rows, error)) return -1;
        times->in_engine += tight_now() - start;
        values = onnx_session_output_values(loop->blocks[step->part - 1]);
        take_turns(loop);
        break;
      case TIGHT_HEAD:
        start = tight_now();
        if (onnx_session_run(loop->heads[step->part - 1], loop->current + (size_t)step->first * values, loop->logits,
                             (size_t)step->count, error))
          return -1;
        times->in_engine += tight_now() - start;
        break;
      case TIGHT_GATHER:
        for (int32_t i = 0; i < step->count; i++)
          memcpy(loop->other + (size_t)i * values, loop->current + (size_t)orders[step->first + i] * values,
                 values * sizeof(float));
        take_turns(loop);
        rows = (size_t)step->count;
        break;
      case TIGHT_KEEP: rows = (size_t)step->count; break;
    }
  }
  return 0;
}

// The bare engine in plain C: what a batch asks of it, step by step, and nothing else. What the worker is measured against.
#ifndef OFFRAMP_TIGHT_LOOP_H
#define OFFRAMP_TIGHT_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "onnx_engine.h"

typedef struct tight_loop tight_loop;

typedef enum {
  TIGHT_APPEND,  // `count` features enter block `part`
  TIGHT_RUN,     // block `part` on all rows
  TIGHT_HEAD,    // exit `part` on the `count` rows from `first`
  TIGHT_GATHER,  // the `count` rows that `orders` names from `first` on
  TIGHT_KEEP     // the first `count` rows
} tight_kind;

typedef struct tight_step {
  tight_kind kind;
  int32_t part;
  int32_t first;
  int32_t count;
} tight_step;

// What a batch was spent on [ns]; the rest of its time goes with rows that move.
typedef struct tight_times {
  int64_t in_engine;  // blocks and heads
  int64_t appending;  // features copied in
} tight_times;

// Blocks and heads, `count` each, belong to the caller and outlive the loop. `widest` values are the most that a row has.
tight_loop *tight_loop_make(const onnx_session *const *blocks, const onnx_session *const *heads, size_t count,
                            size_t largest, size_t widest, size_t classes);
void tight_loop_free(tight_loop *loop);

// Runs the steps of one batch, or of several one after the other; `features` in the order in which they enter. 0 on
// success. Adds to `times`.
int tight_loop_run(tight_loop *loop, const tight_step *steps, size_t count, const int32_t *orders,
                   const float *const *features, tight_times *times, onnx_error *error);

// CLOCK_MONOTONIC [ns].
int64_t tight_now(void);

#endif

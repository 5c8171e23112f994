#include "include/device_loop.h"

int device_loop_run(const engine_table *table, engine_batch *batch, const tight_step *steps, size_t count,
                    const int32_t *orders, const float *const *features, size_t *order, tight_times *times,
                    engine_error *error) {
  const float *logits = NULL;
  int64_t start;
  size_t rows = 0;
  for (const tight_step *step = steps; step < steps + count; step++) {
    switch (step->kind) {
      case TIGHT_APPEND:
        start = tight_now();
        for (int32_t i = 0; i < step->count; i++)
          if (table->append(batch, rows++, (size_t)step->part, *features++, error)) return -1;
        if (table->finish_appending(batch, error)) return -1;
        times->appending += tight_now() - start;
        break;
      case TIGHT_RUN:
        start = tight_now();
        if (table->run(batch, (size_t)step->part, rows, error)) return -1;
        times->in_engine += tight_now() - start;
        break;
      case TIGHT_HEAD:
        start = tight_now();
        if (table->run_head(batch, (size_t)step->part, (size_t)step->first, (size_t)step->count, error)) return -1;
        if (table->take_logits(batch, &logits, error)) return -1;
        times->in_engine += tight_now() - start;
        break;
      case TIGHT_GATHER:
        for (int32_t i = 0; i < step->count; i++) order[i] = (size_t)orders[step->first + i];
        if (table->gather(batch, order, (size_t)step->count, error)) return -1;
        rows = (size_t)step->count;
        break;
      case TIGHT_KEEP: rows = (size_t)step->count; break;
    }
  }
  return 0;
}

// The same loop over an engine whose batches stay on a device, through its function table and nothing else of ours.
#ifndef OFFRAMP_DEVICE_LOOP_H
#define OFFRAMP_DEVICE_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "engine_table.h"
#include "tight_loop.h"

// Runs the steps of one batch on `batch`, which `table` made. `order` is room for the rows of the largest gathering. 0 on
// success. Adds to `times`.
int device_loop_run(const engine_table *table, engine_batch *batch, const tight_step *steps, size_t count,
                    const int32_t *orders, const float *const *features, size_t *order, tight_times *times,
                    engine_error *error);

#endif

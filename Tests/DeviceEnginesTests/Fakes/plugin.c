// Stands in for a plugin in tests: a block or head multiplies a row's values by a number that depends on its file's length,
// and repeats or cuts them to its output. TABLE_VERSION, ENTRY, REFUSES and NEEDS make it a wrong one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_table.h"

#ifndef TABLE_VERSION
#define TABLE_VERSION OFFRAMP_ENGINE_VERSION
#endif
#ifndef ENTRY
#define ENTRY offramp_engine
#endif

#ifdef NEEDS
int needed(void);
#else
static int needed(void) { return 0; }
#endif

enum { MOST_PARTS = 64 };
typedef struct {
  float scale;
  size_t inputs, outputs;
} part;
struct engine_instance {
  engine_options options;
  part blocks[MOST_PARTS], heads[MOST_PARTS];
  size_t block_count, head_count, widest;
};
struct engine_batch {
  engine_instance *instance;
  float *rows, *logits, *spare;
  size_t values;
};

static int fail(engine_error *error, const char *text) {
  snprintf(error->text, sizeof error->text, "%s", text);
  return -1;
}
static int open_instance(const engine_options *options, engine_instance **out, engine_error *error) {
  if (options->device > 0) return fail(error, "the fake has no second device\nand says so in two lines");
  engine_instance *instance = calloc(1, sizeof *instance);
  instance->options = *options;
  *out = instance;
  return 0;
}
static void close_instance(engine_instance *instance) { free(instance); }
static const char *describe(const engine_instance *instance) {
  return instance->options.device < 0 ? "fake 1.0, processor" : "fake 1.0, device 0";
}
static int load(engine_instance *instance, part *parts, size_t *count, const engine_part *given, engine_error *error) {
  if (given->count == 0) return fail(error, "an empty file");
  if (*count == MOST_PARTS) return fail(error, "too many parts");
  parts[(*count)++] = (part){(float)(given->count % 7 + 1) / 8, given->input_values, given->output_values};
  if (given->input_values > instance->widest) instance->widest = given->input_values;
  if (given->output_values > instance->widest) instance->widest = given->output_values;
  return 0;
}
static int load_block(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, instance->blocks, &instance->block_count, part, error);
}
static int load_head(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, instance->heads, &instance->head_count, part, error);
}
static int finish_loading(engine_instance *instance, engine_error *error) {
  (void)error;
  return instance->block_count == instance->head_count ? 0 : fail(error, "blocks without exits");
}
static int make_batch(engine_instance *instance, engine_batch **out, engine_error *error) {
  (void)error;
  engine_batch *batch = calloc(1, sizeof *batch);
  size_t bytes = instance->options.largest_batch * instance->widest * sizeof(float);
  *batch = (engine_batch){instance, malloc(bytes), malloc(bytes), malloc(bytes), 0};
  *out = batch;
  return 0;
}
static void free_batch(engine_batch *batch) { free(batch->rows), free(batch->logits), free(batch->spare), free(batch); }
static int append(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error) {
  (void)error;
  batch->values = batch->instance->blocks[block - 1].inputs;
  memcpy(batch->rows + row * batch->values, feature, batch->values * sizeof(float));
  return 0;
}
static int finish_appending(engine_batch *batch, engine_error *error) { return (void)batch, (void)error, 0; }
static void map(const part *part, const float *from, float *to, size_t rows) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < part->outputs; i++)
      to[row * part->outputs + i] = part->scale * from[row * part->inputs + i % part->inputs];
}
static int run(engine_batch *batch, size_t block, size_t rows, engine_error *error) {
  const part *part = &batch->instance->blocks[block - 1];
  if (batch->values != part->inputs) return fail(error, "not at this block");
  map(part, batch->rows, batch->spare, rows);
  float *spare = batch->spare;
  batch->spare = batch->rows;
  batch->rows = spare;
  batch->values = part->outputs;
  return 0;
}
static int gather(engine_batch *batch, const size_t *order, size_t count, engine_error *error) {
  (void)error;
  for (size_t i = 0; i < count; i++)
    memcpy(batch->spare + i * batch->values, batch->rows + order[i] * batch->values, batch->values * sizeof(float));
  float *spare = batch->spare;
  batch->spare = batch->rows;
  batch->rows = spare;
  return 0;
}
static int run_head(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error) {
  (void)error;
  map(&batch->instance->heads[exit - 1], batch->rows + first * batch->values, batch->logits, rows);
  return 0;
}
static int take_logits(engine_batch *batch, const float **out, engine_error *error) {
  return (void)error, *out = batch->logits, 0;
}
static int download(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error) {
  (void)error;
  memcpy(to, batch->rows + first * batch->values, rows * batch->values * sizeof(float));
  return 0;
}

const engine_table *ENTRY(uint32_t version) {
  static const engine_table table = {
      TABLE_VERSION, "fake",     open_instance, close_instance,   describe, load_block, load_head, finish_loading,
      make_batch,    free_batch, append,        finish_appending, run,      gather,     run_head,  take_logits,
      download,
  };
#ifdef REFUSES
  return version == 0 ? &table : NULL;
#else
  return needed() == (int)version ? NULL : &table;
#endif
}

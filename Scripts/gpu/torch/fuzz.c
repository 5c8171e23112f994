// Gives a plugin damaged models: every one must be loaded or refused with a text.
//
//   fuzz PLUGIN.so COUNT FILE.onnx INPUTS OUTPUTS…   (heads have 'exit' in their names)
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_table.h"

static unsigned long long state = 88172645463325252ULL;
static size_t below(size_t limit) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return limit ? (size_t)(state % limit) : 0;
}

// Some bytes changed, cut out or doubled; half of the time near the start, where the structure is.
static size_t damage(unsigned char *bytes, size_t count) {
  for (size_t change = 1 + below(4); change > 0 && count > 1; change--) {
    size_t at = below(2) ? below(count < 400 ? count : 400) : below(2) ? count - 1 - below(count < 400 ? count : 400) : below(count);
    switch (below(5)) {
      case 0: bytes[at] = (unsigned char)below(256); break;
      case 1: bytes[at] ^= (unsigned char)(1u << below(8)); break;
      case 2: count = at; break;
      case 3: {
        size_t cut = 1 + below(32);
        if (cut > count - at) cut = count - at;
        memmove(bytes + at, bytes + at + cut, count - at - cut);
        count -= cut;
        break;
      }
      default: bytes[at] = 0xFF;
    }
  }
  return count;
}

static int fail(const char *what, const char *why) { return fprintf(stderr, "fuzz: %s: %s\n", what, why), 1; }

int main(int count, char **words) {
  if (count < 6) return fail("usage", "fuzz PLUGIN COUNT FILE INPUTS OUTPUTS ...");
  void *handle = dlopen(words[1], RTLD_NOW);
  if (!handle) return fail(words[1], dlerror());
  engine_entry entry = (engine_entry)dlsym(handle, OFFRAMP_ENGINE_ENTRY);
  const engine_table *table = entry ? entry(OFFRAMP_ENGINE_VERSION) : NULL;
  if (!table) return fail(words[1], "no plugin of this version");
  long loaded = 0, refused = 0;
  for (int word = 3; word + 2 < count; word += 3) {
    FILE *file = fopen(words[word], "rb");
    if (!file) return fail(words[word], "cannot be read");
    static unsigned char whole[64 << 20];
    size_t size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    for (long i = 0; i < atol(words[2]); i++) {
      // A copy of just this size, so that a checker of memory sees a step past its end.
      unsigned char *bytes = malloc(size);
      memcpy(bytes, whole, size);
      size_t left = damage(bytes, size);
      unsigned char *exact = malloc(left ? left : 1);
      memcpy(exact, bytes, left);
      engine_options options = {.device = OFFRAMP_ON_PROCESSOR, .threads = 1, .largest_batch = 2};
      engine_error error = {.text = ""};
      engine_instance *instance = NULL;
      if (table->open(&options, &instance, &error)) return fail("open", error.text);
      engine_part part = {exact, left, strtoul(words[word + 1], NULL, 10), strtoul(words[word + 2], NULL, 10)};
      int is_head = strstr(words[word], "exit") != NULL;
      if ((is_head ? table->load_head : table->load_block)(instance, &part, &error)) {
        if (!error.text[0] || strchr(error.text, '\n')) return fail(words[word], "refused without a line that says why");
        refused++;
      } else {
        loaded++;
      }
      table->close(instance);
      free(bytes), free(exact);
    }
  }
  printf("fuzz: %ld damaged models refused with a line, %ld loaded all the same, none crashed\n", refused, loaded);
  return 0;
}

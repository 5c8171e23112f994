#include "include/engine_plugin.h"

#include <dlfcn.h>

#include "include/engine_failure.h"

#define BUILD_IT "build it again with Scripts/gpu/build-torch"

int engine_plugin_load(const char *file, const engine_table **out, engine_error *error) {
  *out = NULL;
  void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *text = dlerror();
    return engine_fail(error, "have it find the libraries that it was built with, or build it anew where they are",
                       "the plugin cannot be loaded (%s)", text ? text : "unknown error");
  }
  engine_entry entry = (engine_entry)(uintptr_t)dlsym(handle, OFFRAMP_ENGINE_ENTRY);
  if (!entry) return engine_fail(error, BUILD_IT, "the library exports no " OFFRAMP_ENGINE_ENTRY ", so it is no plugin");
  const engine_table *table = entry(OFFRAMP_ENGINE_VERSION);
  if (!table || table->version != OFFRAMP_ENGINE_VERSION) {
    char other[32] = "another version";
    if (table) __builtin_snprintf(other, sizeof other, "version %u", table->version);
    return engine_fail(error, BUILD_IT, "the plugin speaks %s of the engine table, this program version %u", other,
                       OFFRAMP_ENGINE_VERSION);
  }
  *out = table;
  return 0;
}

// Loads an engine out of a shared object.
#ifndef OFFRAMP_ENGINE_PLUGIN_H
#define OFFRAMP_ENGINE_PLUGIN_H

#include "engine_table.h"

// The table of the plugin in `file`, a path with a slash in it. It is never unloaded. Fails where the file is no shared
// object, a library that it needs is missing, it is no plugin, or one of another version.
int engine_plugin_load(const char *file, const engine_table **out, engine_error *error);

#endif

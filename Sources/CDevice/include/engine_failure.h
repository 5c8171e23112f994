// How C says what went wrong.
#ifndef OFFRAMP_ENGINE_FAILURE_H
#define OFFRAMP_ENGINE_FAILURE_H

#include "engine_table.h"

// Gives -1. Text and remedy are cut where they are too long.
int engine_fail(engine_error *error, const char *remedy, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

#include "include/engine_failure.h"

#include <stdarg.h>
#include <stdio.h>

int engine_fail(engine_error *error, const char *remedy, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  snprintf(error->remedy, sizeof error->remedy, "%s", remedy);
  return -1;
}

// ONNX Runtime behind the function table of engines on a device: the same models, bound to the device's memory.
#ifndef OFFRAMP_ONNX_DEVICE_H
#define OFFRAMP_ONNX_DEVICE_H

#include "device_memory.h"
#include "onnx_engine.h"

// What `open` of the table finds in `engine_options.context`.
typedef struct onnx_device_context {
  const onnx_runtime *runtime;
  // Taken over by the instance, and closed with it; by `open` itself where that fails.
  const device_memory *memory;
  // Whether the CUDA provider computes, on `memory`'s device and stream; otherwise the processor.
  int uses_cuda;
} onnx_device_context;

const engine_table *onnx_device_table(void);

#endif

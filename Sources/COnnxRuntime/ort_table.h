// The part of ONNX Runtime's C interface that this project calls.
//
// The interface is one table of function pointers. Upstream only ever appends to it and asserts each release's length,
// so a function's place in the table of version 17 is the same in every later library. These are our own declarations:
// no header of ONNX Runtime's is needed to build.
#ifndef OFFRAMP_ORT_TABLE_H
#define OFFRAMP_ORT_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum {
  ORT_TABLE_VERSION = 17,
  // Errors come back as text, so the library itself says nothing.
  ORT_LOG_FATAL = 4,
  ORT_ALL_OPTIMISATIONS = 99,
  ORT_DEVICE_ALLOCATOR = 0,
  ORT_ARENA_ALLOCATOR = 1,
  ORT_DEFAULT_MEMORY = 0,
  ORT_FLOAT32 = 1,
};

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtThreadingOptions OrtThreadingOptions;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtSession OrtSession;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorInfo OrtTensorInfo;
typedef struct OrtIoBinding OrtIoBinding;
typedef struct OrtCUDAProviderOptionsV2 OrtCUDAProviderOptionsV2;

typedef struct {
  const void *const *(*table)(uint32_t version);
  const char *(*version)(void);
} OrtApiBase;

// X(place in the table, name, result, parameters)
#define ORT_FUNCTIONS(X)                                                                                              \
  X(2, GetErrorMessage, const char *, (const OrtStatus *))                                                            \
  X(8, CreateSessionFromArray, OrtStatus *,                                                                           \
    (const OrtEnv *, const void *, size_t, const OrtSessionOptions *, OrtSession **))                                 \
  X(9, Run, OrtStatus *,                                                                                              \
    (OrtSession *, const OrtRunOptions *, const char *const *inputs, const OrtValue *const *, size_t,                 \
     const char *const *outputs, size_t, OrtValue **))                                                                \
  X(10, CreateSessionOptions, OrtStatus *, (OrtSessionOptions **))                                                    \
  X(23, SetSessionGraphOptimizationLevel, OrtStatus *, (OrtSessionOptions *, int))                                    \
  X(30, SessionGetInputCount, OrtStatus *, (const OrtSession *, size_t *))                                            \
  X(31, SessionGetOutputCount, OrtStatus *, (const OrtSession *, size_t *))                                           \
  X(33, SessionGetInputTypeInfo, OrtStatus *, (const OrtSession *, size_t, OrtTypeInfo **))                           \
  X(34, SessionGetOutputTypeInfo, OrtStatus *, (const OrtSession *, size_t, OrtTypeInfo **))                          \
  X(36, SessionGetInputName, OrtStatus *, (const OrtSession *, size_t, OrtAllocator *, char **))                      \
  X(37, SessionGetOutputName, OrtStatus *, (const OrtSession *, size_t, OrtAllocator *, char **))                     \
  X(39, CreateRunOptions, OrtStatus *, (OrtRunOptions **))                                                            \
  X(49, CreateTensorWithDataAsOrtValue, OrtStatus *,                                                                  \
    (const OrtMemoryInfo *, void *, size_t, const int64_t *, size_t, int, OrtValue **))                               \
  X(55, CastTypeInfoToTensorInfo, OrtStatus *, (const OrtTypeInfo *, const OrtTensorInfo **))                         \
  X(60, GetTensorElementType, OrtStatus *, (const OrtTensorInfo *, int *))                                            \
  X(61, GetDimensionsCount, OrtStatus *, (const OrtTensorInfo *, size_t *))                                           \
  X(62, GetDimensions, OrtStatus *, (const OrtTensorInfo *, int64_t *, size_t))                                       \
  X(68, CreateMemoryInfo, OrtStatus *, (const char *, int, int, int, OrtMemoryInfo **))                               \
  X(69, CreateCpuMemoryInfo, OrtStatus *, (int, int, OrtMemoryInfo **))                                               \
  X(76, AllocatorFree, OrtStatus *, (OrtAllocator *, void *))                                                         \
  X(78, GetAllocatorWithDefaultOptions, OrtStatus *, (OrtAllocator **))                                               \
  X(92, ReleaseEnv, void, (OrtEnv *))                                                                                 \
  X(93, ReleaseStatus, void, (OrtStatus *))                                                                           \
  X(94, ReleaseMemoryInfo, void, (OrtMemoryInfo *))                                                                   \
  X(95, ReleaseSession, void, (OrtSession *))                                                                         \
  X(96, ReleaseValue, void, (OrtValue *))                                                                             \
  X(97, ReleaseRunOptions, void, (OrtRunOptions *))                                                                   \
  X(98, ReleaseTypeInfo, void, (OrtTypeInfo *))                                                                       \
  X(100, ReleaseSessionOptions, void, (OrtSessionOptions *))                                                          \
  X(119, CreateEnvWithGlobalThreadPools, OrtStatus *, (int, const char *, const OrtThreadingOptions *, OrtEnv **))    \
  X(120, DisablePerSessionThreads, OrtStatus *, (OrtSessionOptions *))                                                \
  X(121, CreateThreadingOptions, OrtStatus *, (OrtThreadingOptions **))                                               \
  X(122, ReleaseThreadingOptions, void, (OrtThreadingOptions *))                                                      \
  X(130, AddSessionConfigEntry, OrtStatus *, (OrtSessionOptions *, const char *, const char *))                       \
  X(133, RunWithBinding, OrtStatus *, (OrtSession *, const OrtRunOptions *, const OrtIoBinding *))                    \
  X(134, CreateIoBinding, OrtStatus *, (OrtSession *, OrtIoBinding **))                                               \
  X(135, ReleaseIoBinding, void, (OrtIoBinding *))                                                                    \
  X(136, BindInput, OrtStatus *, (OrtIoBinding *, const char *, const OrtValue *))                                    \
  X(137, BindOutput, OrtStatus *, (OrtIoBinding *, const char *, const OrtValue *))                                   \
  X(147, SetGlobalIntraOpNumThreads, OrtStatus *, (OrtThreadingOptions *, int))                                       \
  X(148, SetGlobalInterOpNumThreads, OrtStatus *, (OrtThreadingOptions *, int))                                       \
  X(149, SetGlobalSpinControl, OrtStatus *, (OrtThreadingOptions *, int))                                             \
  X(165, AddRunConfigEntry, OrtStatus *, (OrtRunOptions *, const char *, const char *))                               \
  X(204, SessionOptionsAppendExecutionProvider_CUDA_V2, OrtStatus *,                                                  \
    (OrtSessionOptions *, const OrtCUDAProviderOptionsV2 *))                                                          \
  X(205, CreateCUDAProviderOptions, OrtStatus *, (OrtCUDAProviderOptionsV2 **))                                       \
  X(206, UpdateCUDAProviderOptions, OrtStatus *,                                                                      \
    (OrtCUDAProviderOptionsV2 *, const char *const *, const char *const *, size_t))                                   \
  X(208, ReleaseCUDAProviderOptions, void, (OrtCUDAProviderOptionsV2 *))                                              \
  X(263, UpdateCUDAProviderOptionsWithValue, OrtStatus *, (OrtCUDAProviderOptionsV2 *, const char *, void *))

typedef struct ort_functions {
#define ORT_MEMBER(place, name, result, parameters) result(*name) parameters;
  ORT_FUNCTIONS(ORT_MEMBER)
#undef ORT_MEMBER
} ort_functions;

static inline ort_functions ort_functions_from(const void *const *table) {
  ort_functions functions;
#define ORT_TAKE(place, name, result, parameters) functions.name = (result(*) parameters)(uintptr_t)table[place];
  ORT_FUNCTIONS(ORT_TAKE)
#undef ORT_TAKE
  return functions;
}

#endif

// CUDA's memory, through its runtime library. Our own declarations of the functions used: no header of CUDA's is needed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/device_memory.h"
#include "include/engine_failure.h"

// Of the runtime's cudaError_t.
enum {
  SUCCESS = 0,
  OUT_OF_MEMORY = 2,
  DRIVER_TOO_OLD = 35,
  NO_DEVICE = 100,
};
// Of its cudaMemcpyKind.
enum { HOST_TO_DEVICE = 1, DEVICE_TO_HOST = 2, DEVICE_TO_DEVICE = 3 };
// Of its flags.
enum { STREAM_NON_BLOCKING = 1, HOST_ALLOC_DEFAULT = 0 };
// Of its cudaDeviceAttr.
enum { COMPUTE_CAPABILITY_MAJOR = 75, COMPUTE_CAPABILITY_MINOR = 76 };

// X(name, parameters); all of them give an error's number, 0 for none.
#define CUDA_FUNCTIONS(X)                                       \
  X(cudaGetDeviceCount, (int *))                                \
  X(cudaSetDevice, (int))                                       \
  X(cudaDeviceGetAttribute, (int *, int, int))                  \
  X(cudaRuntimeGetVersion, (int *))                             \
  X(cudaDriverGetVersion, (int *))                              \
  X(cudaMemGetInfo, (size_t *, size_t *))                       \
  X(cudaMalloc, (void **, size_t))                              \
  X(cudaFree, (void *))                                         \
  X(cudaHostAlloc, (void **, size_t, unsigned))                 \
  X(cudaFreeHost, (void *))                                     \
  X(cudaStreamCreateWithFlags, (void **, unsigned))             \
  X(cudaStreamDestroy, (void *))                                \
  X(cudaStreamSynchronize, (void *))                            \
  X(cudaMemcpyAsync, (void *, const void *, size_t, int, void *)) \
  X(cudaGetLastError, (void))

typedef struct {
#define MEMBER(name, parameters) int(*name) parameters;
  CUDA_FUNCTIONS(MEMBER)
#undef MEMBER
  const char *(*cudaGetErrorString)(int);
} cuda_runtime;

// -- Loading ----------------------------------------------------------------------------------------------------------

static void *load(const char *library, engine_error *error) {
  // The one of ONNX Runtime 1.28 first; then what else there may be.
  const char *names[] = {"libcudart.so.13", "libcudart.so.12", "libcudart.so"};
  if (library) names[0] = library;
  void *handle = NULL;
  char first[256] = "";
  for (size_t i = 0; !handle && i < (library ? 1 : sizeof names / sizeof *names); i++) {
    handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    const char *text = handle ? NULL : dlerror();
    if (text && !first[0]) snprintf(first, sizeof first, "%s", text);
  }
  if (!handle)
    engine_fail(error, "install CUDA's runtime (pip install nvidia-cuda-runtime), and name its folder in LD_LIBRARY_PATH",
                "CUDA's runtime library is missing (%s)", first);
  return handle;
}

static int take(void *handle, cuda_runtime *cuda, engine_error *error) {
#define TAKE(name, parameters)                                                                                     \
  if (!(cuda->name = (int(*) parameters)(uintptr_t)dlsym(handle, #name)))                                          \
    return engine_fail(error, "name CUDA's own libcudart", "the library has no " #name ", so it is not CUDA's runtime");
  CUDA_FUNCTIONS(TAKE)
#undef TAKE
  cuda->cudaGetErrorString = (const char *(*)(int))(uintptr_t)dlsym(handle, "cudaGetErrorString");
  if (!cuda->cudaGetErrorString)
    return engine_fail(error, "name CUDA's own libcudart", "the library has no cudaGetErrorString");
  return 0;
}

// -- Errors -----------------------------------------------------------------------------------------------------------

static int failed(const cuda_runtime *cuda, int code, const char *what, engine_error *error) {
  if (code == SUCCESS) return 0;
  cuda->cudaGetLastError();  // Takes it, so that the next call does not report it again.
  const char *text = cuda->cudaGetErrorString(code);
  return engine_fail(error, "see what the driver says: nvidia-smi, dmesg", "%s failed (CUDA error %d: %s)", what, code,
                     text ? text : "unknown");
}

static int failed_to_allocate(const cuda_runtime *cuda, int code, size_t bytes, const char *where, engine_error *error) {
  if (code != OUT_OF_MEMORY) return failed(cuda, code, "allocating memory", error);
  cuda->cudaGetLastError();
  size_t unused = 0, total = 0;
  cuda->cudaMemGetInfo(&unused, &total);
  return engine_fail(error, "lower the largest batch, or free the device of other programs",
                     "out of memory on %s: %zu MiB asked for, %zu of %zu MiB of the device are free", where, bytes >> 20,
                     unused >> 20, total >> 20);
}

// The runtime says the same of a driver that is missing and of one that is too old; the loader knows.
static int no_driver(const cuda_runtime *cuda, engine_error *error) {
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!driver)
    return engine_fail(error, "install NVIDIA's driver, or run on a host that has one and a GPU",
                       "the NVIDIA driver is missing (libcuda.so.1 is not found)");
  dlclose(driver);
  int runtime = 0, version = 0;
  cuda->cudaRuntimeGetVersion(&runtime);
  cuda->cudaDriverGetVersion(&version);
  return engine_fail(error, "install a newer driver, or the runtime of an older CUDA",
                     "the NVIDIA driver (CUDA %d.%d) is older than CUDA's runtime (%d.%d)", version / 1000,
                     version % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
}

// -- The functions ----------------------------------------------------------------------------------------------------

static const cuda_runtime *of(const device_memory *memory) { return memory->state; }

static int allocate(const device_memory *memory, size_t bytes, void **out, engine_error *error) {
  // Which device is meant belongs to the thread, and this may be another than the one that opened it.
  int code = of(memory)->cudaSetDevice(memory->device);
  if (!code) code = of(memory)->cudaMalloc(out, bytes ? bytes : 1);
  if (code) *out = NULL;
  return code ? failed_to_allocate(of(memory), code, bytes, memory->description, error) : 0;
}
static void release(const device_memory *memory, void *at) {
  if (at) of(memory)->cudaFree(at);
}
static int allocate_pinned(const device_memory *memory, size_t bytes, void **out, engine_error *error) {
  int code = of(memory)->cudaSetDevice(memory->device);
  if (!code) code = of(memory)->cudaHostAlloc(out, bytes ? bytes : 1, HOST_ALLOC_DEFAULT);
  if (code) *out = NULL;
  return code ? failed_to_allocate(of(memory), code, bytes, "the host (pinned)", error) : 0;
}
static void release_pinned(const device_memory *memory, void *at) {
  if (at) of(memory)->cudaFreeHost(at);
}
static int upload(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error) {
  int code = of(memory)->cudaMemcpyAsync(to, from, bytes, HOST_TO_DEVICE, memory->stream);
  return failed(of(memory), code, "copying to the device", error);
}
static int download(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error) {
  int code = of(memory)->cudaMemcpyAsync(to, from, bytes, DEVICE_TO_HOST, memory->stream);
  return failed(of(memory), code, "copying from the device", error);
}
static int copy(const device_memory *memory, void *to, const void *from, size_t bytes, engine_error *error) {
  int code = of(memory)->cudaMemcpyAsync(to, from, bytes, DEVICE_TO_DEVICE, memory->stream);
  return failed(of(memory), code, "copying on the device", error);
}
static int synchronise(const device_memory *memory, engine_error *error) {
  return failed(of(memory), of(memory)->cudaStreamSynchronize(memory->stream), "waiting for the device", error);
}
static void close_cuda(device_memory *memory) {
  if (memory->stream) of(memory)->cudaStreamDestroy(memory->stream);
  free(memory->state);
  memory->state = memory->stream = NULL;
}

// -- Opening ----------------------------------------------------------------------------------------------------------

static int choose(const cuda_runtime *cuda, int device, engine_error *error) {
  int count = 0, code = cuda->cudaGetDeviceCount(&count);
  if (code == DRIVER_TOO_OLD) {
    cuda->cudaGetLastError();
    return no_driver(cuda, error);
  }
  if (code == NO_DEVICE || (code == SUCCESS && count == 0)) {
    cuda->cudaGetLastError();
    return engine_fail(error, "see whether nvidia-smi lists one, and what CUDA_VISIBLE_DEVICES hides",
                       "there is no GPU that CUDA can use");
  }
  if (failed(cuda, code, "counting GPUs", error)) return -1;
  if (device < 0 || device >= count)
    return engine_fail(error, "number the device from 0; nvidia-smi lists them", "there is no CUDA device %d, of %d",
                       device, count);
  return failed(cuda, cuda->cudaSetDevice(device), "choosing the device", error);
}

// The runtime has it in a structure whose layout changes between versions; the driver gives it as text.
static void name_of(int device, char *name, int size) {
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!driver) return;
  int (*get)(int *, int) = (int (*)(int *, int))(uintptr_t)dlsym(driver, "cuDeviceGet");
  int (*get_name)(char *, int, int) = (int (*)(char *, int, int))(uintptr_t)dlsym(driver, "cuDeviceGetName");
  int handle = 0;
  if (!get || !get_name || get(&handle, device) || get_name(name, size, handle)) name[0] = 0;
  dlclose(driver);
}

static void describe(const cuda_runtime *cuda, device_memory *memory) {
  int major = 0, minor = 0, runtime = 0;
  cuda->cudaDeviceGetAttribute(&major, COMPUTE_CAPABILITY_MAJOR, memory->device);
  cuda->cudaDeviceGetAttribute(&minor, COMPUTE_CAPABILITY_MINOR, memory->device);
  cuda->cudaRuntimeGetVersion(&runtime);
  char name[64] = "";
  name_of(memory->device, name, sizeof name);
  snprintf(memory->description, sizeof memory->description, "CUDA device %d (%s%scompute capability %d.%d, CUDA %d.%d)",
           memory->device, name, name[0] ? ", " : "", major, minor, runtime / 1000, runtime % 1000 / 10);
}

int device_memory_open_cuda(const char *library, int device, device_memory *out, engine_error *error) {
  // Never unloaded: other threads of the runtime may be in it.
  void *handle = load(library, error);
  if (!handle) return -1;
  cuda_runtime *cuda = calloc(1, sizeof *cuda);
  if (!cuda) return engine_fail(error, "free some memory", "out of memory");
  void *stream = NULL;
  if (take(handle, cuda, error) || choose(cuda, device, error) ||
      failed(cuda, cuda->cudaStreamCreateWithFlags(&stream, STREAM_NON_BLOCKING), "making a stream", error)) {
    free(cuda);
    return -1;
  }
  *out = (device_memory){.device = device,
                         .stream = stream,
                         .allocate = allocate,
                         .release = release,
                         .allocate_pinned = allocate_pinned,
                         .release_pinned = release_pinned,
                         .upload = upload,
                         .download = download,
                         .copy = copy,
                         .synchronise = synchronise,
                         .close = close_cuda,
                         .state = cuda};
  describe(cuda, out);
  return 0;
}

// The libtorch plugin: models as ATen calls, on CUDA or on the processor, behind the table of engine_table.h.
//
// It is compiled where PyTorch is, by Scripts/gpu/build-torch. No header of CUDA's is needed.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <memory>

#include "engine_table.h"
#include "network.h"

struct engine_instance {
  at::Device device = at::kCPU;
  // The processor's is the one it has.
  c10::Stream stream{c10::Stream::DEFAULT, at::Device(at::kCPU)};
  std::string description;
  int64_t largest = 0, widest_entry = 0, classes = 0, upload_bytes = 0;
  // Whether calls only ask for their work.
  bool queues = false;
  std::vector<std::unique_ptr<Network>> blocks, heads;
  // Pinned where there is a GPU.
  at::Tensor pinned_logits;

  bool is_gpu() const { return device.is_cuda(); }
  void wait() const {
    if (is_gpu()) stream.synchronize();
  }
  at::Tensor make(int64_t count, at::ScalarType type = at::kFloat) const {
    return at::empty({count}, at::TensorOptions(type).device(device));
  }
  at::Tensor make_on_host(int64_t count, at::ScalarType type = at::kFloat) const {
    return at::empty({count}, at::TensorOptions(type).pinned_memory(is_gpu()));
  }
};

struct engine_batch {
  engine_instance *instance = nullptr;
  // [rows, values], perhaps a part of `entry`; rows behind the batch's may be there.
  at::Tensor current;
  // Where features arrive: each row at its own place, as wide as those of its block.
  at::Tensor entry, staging;
  // Rows in `staging`, and those of them that are on their way.
  int64_t first = 0, staged = 0, uploaded = 0, values = 0;
  at::Tensor order, logits;
  // What the device may still be reading of `staging`, in values, and whether it may of `order`: neither may be
  // refilled before someone has waited.
  int64_t flying_first = 0, flying_end = 0;
  bool order_flies = false;

  void wait() {
    instance->wait();
    flying_first = flying_end = 0;
    order_flies = false;
  }
  // When a call is over.
  void done() {
    if (!instance->queues) wait();
  }
};

namespace {

// Of a piece of an upload, unless another size is asked for.
constexpr int64_t UPLOAD_BYTES = 256 << 10;

struct Failure : std::runtime_error {
  std::string remedy;
  Failure(const std::string &text, const std::string &remedy) : std::runtime_error(text), remedy(remedy) {}
};

int fail(engine_error *error, const std::string &text, const std::string &remedy) {
  // libtorch says more on further lines, for its developers.
  std::string line = text.substr(0, text.find('\n'));
  std::snprintf(error->text, sizeof error->text, "%s", line.c_str());
  std::snprintf(error->remedy, sizeof error->remedy, "%s", remedy.c_str());
  return -1;
}

template <class Body>
int guarded(engine_error *error, Body body) {
  const char *full = "lower the largest batch, or free the device of other programs";
  try {
    c10::InferenceMode mode;
    body();
    return 0;
  } catch (const Failure &failure) {
    return fail(error, failure.what(), failure.remedy);
  } catch (const c10::OutOfMemoryError &failure) {
    return fail(error, failure.what_without_backtrace(), full);
  } catch (const c10::Error &failure) {
    std::string text = failure.what_without_backtrace();
    return fail(error, text, text.find("out of memory") != std::string::npos ? full : "");
  } catch (const std::bad_alloc &) {
    return fail(error, "the host is out of memory", "lower the largest batch");
  } catch (const std::exception &failure) {
    return fail(error, failure.what(), "");
  } catch (...) {
    return fail(error, "an unknown failure", "");
  }
}

// All work of an instance is on its own stream.
template <class Body>
int on_stream(const engine_instance *instance, engine_error *error, Body body) {
  return guarded(error, [&] {
    if (instance->is_gpu()) {
      c10::StreamGuard guard(instance->stream);
      body();
    } else {
      body();
    }
  });
}

// -- Opening ----------------------------------------------------------------------------------------------------------

// What the driver calls a GPU; empty where it does not say.
std::string name_of(int number) {
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!driver) return "";
  auto get = reinterpret_cast<int (*)(int *, int)>(dlsym(driver, "cuDeviceGet"));
  auto get_name = reinterpret_cast<int (*)(char *, int, int)>(dlsym(driver, "cuDeviceGetName"));
  int handle = 0;
  char name[96] = "";
  bool found = get && get_name && !get(&handle, number) && !get_name(name, sizeof name, handle);
  dlclose(driver);
  return found ? std::string(" (") + name + ")" : "";
}

at::Device choose(int number) {
  if (number == OFFRAMP_ON_PROCESSOR) return at::Device(at::kCPU);
  if (!at::hasCUDA())
    throw Failure("this PyTorch is built without CUDA", "build the plugin with one that has it, or say device cpu");
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!driver)
    throw Failure("the NVIDIA driver is missing (libcuda.so.1 is not found)",
                  "install NVIDIA's driver, or run on a host that has one and a GPU");
  dlclose(driver);
  int count = at::detail::getCUDAHooks().deviceCount();
  if (count < 1)
    throw Failure("there is no GPU that CUDA can use",
                  "see whether nvidia-smi lists one, what CUDA_VISIBLE_DEVICES hides, and the driver's version");
  if (number >= count)
    throw Failure("there is no CUDA device " + std::to_string(number) + ", of " + std::to_string(count),
                  "number the device from 0; nvidia-smi lists them");
  return at::Device(at::kCUDA, c10::DeviceIndex(number));
}

int open_instance(const engine_options *options, engine_instance **out, engine_error *error) {
  *out = nullptr;
  return guarded(error, [&] {
    auto instance = std::make_unique<engine_instance>();
    instance->device = choose(options->device);
    instance->largest = int64_t(options->largest_batch);
    instance->queues = options->queues != 0;
    instance->upload_bytes = options->upload_bytes ? int64_t(options->upload_bytes) : UPLOAD_BYTES;
    at::set_num_threads(options->threads);
    std::string where = "host memory";
    if (instance->is_gpu()) {
      at::globalContext().lazyInitDevice(at::kCUDA);
      // TensorFloat-32 would answer otherwise than the processor, in the third digit.
      at::globalContext().setAllowTF32CuDNN(false);
      at::globalContext().setAllowTF32CuBLAS(false);
      // The first run of each shape tries several algorithms; engines are warmed up at every batch size.
      at::globalContext().setBenchmarkCuDNN(true);
      c10::impl::VirtualGuardImpl guard(at::kCUDA);
      instance->stream = guard.getStreamFromGlobalPool(instance->device, false);
      where = "CUDA device " + std::to_string(options->device) + name_of(options->device);
    }
    instance->description = std::string("libtorch ") + TORCH_VERSION + ", " + where;
    *out = instance.release();
  });
}
void close_instance(engine_instance *instance) {
  engine_error ignored;
  guarded(&ignored, [&] { instance->wait(); });
  delete instance;
}
const char *describe(const engine_instance *instance) { return instance->description.c_str(); }

int load(engine_instance *instance, std::vector<std::unique_ptr<Network>> &parts, const char *output,
         const engine_part *part, engine_error *error) {
  return on_stream(instance, error, [&] {
    onnx_file::Graph graph = onnx_file::read(part->bytes, part->count);
    parts.push_back(std::make_unique<Network>(graph, output, int64_t(part->input_values), int64_t(part->output_values),
                                              instance->device));
    // A model that cannot run says so now: one row of zeros goes through it.
    at::Tensor row = at::zeros({1, int64_t(part->input_values)}, at::TensorOptions(at::kFloat).device(instance->device));
    try {
      parts.back()->run(row);
      instance->wait();
    } catch (...) {
      parts.pop_back();
      throw;
    }
  });
}
int load_block(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, instance->blocks, "features", part, error);
}
int load_head(engine_instance *instance, const engine_part *part, engine_error *error) {
  return load(instance, instance->heads, "logits", part, error);
}
int finish_loading(engine_instance *instance, engine_error *error) {
  return on_stream(instance, error, [&] {
    for (auto &block : instance->blocks) instance->widest_entry = std::max(instance->widest_entry, block->inputs());
    for (auto &head : instance->heads) instance->classes = std::max(instance->classes, head->outputs());
    instance->pinned_logits = instance->make_on_host(instance->largest * instance->classes);
  });
}

// -- Batches ----------------------------------------------------------------------------------------------------------

int make_batch(engine_instance *instance, engine_batch **out, engine_error *error) {
  *out = nullptr;
  return on_stream(instance, error, [&] {
    auto batch = std::make_unique<engine_batch>();
    batch->instance = instance;
    batch->entry = instance->make(instance->largest * instance->widest_entry);
    batch->staging = instance->make_on_host(instance->largest * instance->widest_entry);
    batch->order = instance->make_on_host(instance->largest, at::kLong);
    instance->wait();
    *out = batch.release();
  });
}
void free_batch(engine_batch *batch) {
  engine_error ignored;
  on_stream(batch->instance, &ignored, [&] { batch->instance->wait(); });
  delete batch;
}

// -- Rows in, about and out -------------------------------------------------------------------------------------------

at::Tensor part_of(const at::Tensor &flat, int64_t first, int64_t rows, int64_t values) {
  return flat.narrow(0, first * values, rows * values).view({rows, values});
}

void upload(engine_batch *batch) {
  int64_t rows = batch->staged - batch->uploaded, first = batch->first + batch->uploaded;
  if (!rows) return;
  part_of(batch->entry, first, rows, batch->values)
      .copy_(part_of(batch->staging, first, rows, batch->values), /*non_blocking=*/true);
  batch->uploaded = batch->staged;
  int64_t from = first * batch->values, end = from + rows * batch->values;
  bool is_first = batch->flying_first == batch->flying_end;
  batch->flying_first = is_first ? from : std::min(batch->flying_first, from);
  batch->flying_end = is_first ? end : std::max(batch->flying_end, end);
}

int append(engine_batch *batch, size_t row, size_t block, const void *feature, engine_error *error) {
  int64_t values = batch->instance->blocks[block - 1]->inputs(), at = int64_t(row);
  return on_stream(batch->instance, error, [&] {
    if (at == 0) {
      batch->values = values;
      batch->staged = batch->uploaded = 0;
      batch->current = at::Tensor();
    }
    if (at >= batch->instance->largest || values != batch->values)
      throw onnx_file::Damaged("a row that does not fit the batch");
    if (batch->staged == 0) batch->first = at;
    if (at != batch->first + batch->staged) throw onnx_file::Damaged("a row that is not behind the others");
    if (at * values < batch->flying_end && (at + 1) * values > batch->flying_first) batch->wait();
    std::memcpy(batch->staging.data_ptr<float>() + at * values, feature, size_t(values) * sizeof(float));
    batch->staged++;
    if ((batch->staged - batch->uploaded) * values * int64_t(sizeof(float)) >= batch->instance->upload_bytes)
      upload(batch);
  });
}

int finish_appending(engine_batch *batch, engine_error *error) {
  engine_instance *instance = batch->instance;
  return on_stream(instance, error, [&] {
    if (batch->staged == 0) return;
    upload(batch);
    int64_t first = batch->first, rows = first + batch->staged;
    batch->staged = batch->uploaded = 0;
    at::Tensor arrived = part_of(batch->entry, 0, rows, batch->values);
    bool is_there = first == 0 || batch->current.data_ptr() == batch->entry.data_ptr();
    batch->current = is_there ? arrived
                              : at::cat({batch->current.narrow(0, 0, first), arrived.narrow(0, first, rows - first)});
    batch->done();
  });
}

int run(engine_batch *batch, size_t block, size_t rows, engine_error *error) {
  return on_stream(batch->instance, error, [&] {
    const Network &network = *batch->instance->blocks[block - 1];
    if (batch->values != network.inputs() || !batch->current.defined())
      throw onnx_file::Damaged("the batch is not at this block");
    batch->current = network.run(batch->current.narrow(0, 0, int64_t(rows)));
    batch->values = network.outputs();
    batch->done();
  });
}

int gather(engine_batch *batch, const size_t *order, size_t count, engine_error *error) {
  return on_stream(batch->instance, error, [&] {
    if (!batch->current.defined()) throw onnx_file::Damaged("an empty batch");
    if (batch->order_flies) batch->wait();
    int64_t *to = batch->order.data_ptr<int64_t>();
    for (size_t i = 0; i < count; i++) to[i] = int64_t(order[i]);
    at::Tensor rows = batch->order.narrow(0, 0, int64_t(count)).to(batch->instance->device, /*non_blocking=*/true);
    batch->order_flies = true;
    batch->current = at::index_select(batch->current, 0, rows);
    batch->done();
  });
}

int run_head(engine_batch *batch, size_t exit, size_t first, size_t rows, engine_error *error) {
  return on_stream(batch->instance, error, [&] {
    const Network &network = *batch->instance->heads[exit - 1];
    if (batch->values != network.inputs() || !batch->current.defined())
      throw onnx_file::Damaged("the batch is not at this exit");
    batch->logits = network.run(batch->current.narrow(0, int64_t(first), int64_t(rows)));
    batch->done();
  });
}

int take_logits(engine_batch *batch, const float **out, engine_error *error) {
  return on_stream(batch->instance, error, [&] {
    at::Tensor to = batch->instance->pinned_logits.narrow(0, 0, batch->logits.numel());
    to.copy_(batch->logits.view({-1}), /*non_blocking=*/true);
    batch->wait();
    *out = to.data_ptr<float>();
  });
}

int download(engine_batch *batch, size_t first, size_t rows, float *to, engine_error *error) {
  return on_stream(batch->instance, error, [&] {
    if (rows == 0) return;
    at::Tensor found = batch->current.narrow(0, int64_t(first), int64_t(rows)).to(at::kCPU).contiguous();
    std::memcpy(to, found.data_ptr<float>(), size_t(found.numel()) * sizeof(float));
  });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const engine_table *offramp_engine(uint32_t version) {
  static const engine_table table = {
      OFFRAMP_ENGINE_VERSION,
      "libtorch",
      open_instance,
      close_instance,
      describe,
      load_block,
      load_head,
      finish_loading,
      make_batch,
      free_batch,
      append,
      finish_appending,
      run,
      gather,
      run_head,
      take_logits,
      download,
  };
  return version == OFFRAMP_ENGINE_VERSION ? &table : nullptr;
}

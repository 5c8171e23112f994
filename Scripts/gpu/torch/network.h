// One ONNX model as a list of ATen calls.
#ifndef OFFRAMP_NETWORK_H
#define OFFRAMP_NETWORK_H

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <set>

#include "onnx_file.h"

// Float rows in, float rows out: [rows, inputs] to [rows, outputs].
class Network {
 public:
  Network(const onnx_file::Graph &graph, const std::string &output, int64_t inputs, int64_t outputs, at::Device device)
      : graph_(&graph), device_(device), inputs_(inputs), outputs_(outputs) {
    if (graph.outputs != std::vector<std::string>{output})
      throw onnx_file::Damaged("the model must have exactly one output, called \"" + output + "\"");
    std::vector<std::string> inputs_of_graph;
    for (const std::string &name : graph.inputs)
      if (!graph.constants.count(name)) inputs_of_graph.push_back(name);
    if (inputs_of_graph != std::vector<std::string>{"x"})
      throw onnx_file::Damaged("the model must have exactly one input, called \"x\"");
    slots_["x"] = 0;
    for (const onnx_file::Node &node : graph.nodes) add(node);
    result_ = slot(output);
    find_last_uses();
    constants_.clear();
    graph_ = nullptr;
  }

  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }

  at::Tensor run(const at::Tensor &rows) const {
    std::vector<at::Tensor> values(slots_.size());
    values[0] = rows;
    for (const Step &step : steps_) {
      values[step.output] = step.run(step, values);
      for (size_t done : step.done) values[done] = at::Tensor();
    }
    at::Tensor out = values[result_];
    if (out.dim() != 2 || out.size(0) != rows.size(0) || out.size(1) != outputs_ || out.scalar_type() != at::kFloat)
      throw onnx_file::Damaged("the model does not map rows to rows of " + std::to_string(outputs_) + " values");
    return out.contiguous();
  }

 private:
  using Values = std::vector<at::Tensor>;
  struct Step {
    at::Tensor (*run)(const Step &, Values &) = nullptr;
    // Slots of the values that it reads, and of the one that it makes.
    std::vector<size_t> inputs;
    size_t output = 0;
    // Slots that no later step reads.
    std::vector<size_t> done;
    // Its result is memory of its own, which a later step may write over.
    bool is_fresh = false;
    // It may write over its first input.
    bool in_place = false;
    at::Tensor weight, bias;
    std::vector<int64_t> stride, padding, dilation, kernel;
    int64_t groups = 1, axis = 1;
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  };

  // While loading.
  const onnx_file::Graph *graph_;
  at::Device device_;
  int64_t inputs_, outputs_;
  std::map<std::string, size_t> slots_;
  std::vector<Step> steps_;
  size_t result_ = 0;
  // Constants that Cast made of others, while loading.
  std::map<std::string, at::Tensor> constants_;

  // -- Reading a node ------------------------------------------------------------------------------------------------

  [[noreturn]] static void refuse(const onnx_file::Node &node, const std::string &why) {
    throw onnx_file::Damaged("the operator " + node.op + " " + why);
  }
  size_t slot(const std::string &name) const {
    auto found = slots_.find(name);
    if (found == slots_.end()) throw onnx_file::Damaged("the value '" + name + "' is used and never made");
    return found->second;
  }
  size_t input(const onnx_file::Node &node, size_t index) const {
    if (index >= node.inputs.size()) refuse(node, "lacks an input");
    return slot(node.inputs[index]);
  }
  bool is_constant(const onnx_file::Node &node, size_t index) const {
    return index < node.inputs.size() &&
           (graph_->constants.count(node.inputs[index]) || constants_.count(node.inputs[index]));
  }
  at::Tensor constant(const onnx_file::Node &node, size_t index) const {
    if (!is_constant(node, index)) refuse(node, "needs a constant and has none");
    auto made = constants_.find(node.inputs[index]);
    if (made != constants_.end()) return made->second;
    const onnx_file::Constant &stored = graph_->constants.at(node.inputs[index]);
    auto type = stored.type == onnx_file::FLOAT ? at::kFloat : stored.type == onnx_file::HALF ? at::kHalf : at::kLong;
    at::Tensor tensor = at::empty(stored.shape, type);
    if (stored.count) std::memcpy(tensor.data_ptr(), stored.data.next, stored.data.size());
    return tensor;
  }
  at::Tensor weight(const onnx_file::Node &node, size_t index, int64_t dimensions) const {
    at::Tensor tensor = constant(node, index);
    if (tensor.scalar_type() != at::kFloat || tensor.dim() != dimensions)
      refuse(node, "has weights of another kind or shape");
    return tensor.to(device_);
  }
  bool has(const onnx_file::Node &node, size_t index) const {
    return index < node.inputs.size() && !node.inputs[index].empty();
  }

  // Attributes that the plugin knows; any other is refused, for it may change what is computed.
  static void check_attributes(const onnx_file::Node &node, const std::set<std::string> &known) {
    for (const auto &[name, attribute] : node.attributes) {
      if (name == "auto_pad" && attribute.text == "NOTSET") continue;
      if (!known.count(name)) refuse(node, "has the attribute '" + name + "', which is not supported");
    }
  }
  static int64_t number(const onnx_file::Node &node, const std::string &name, int64_t standard) {
    auto found = node.attributes.find(name);
    return found == node.attributes.end() ? standard : found->second.number;
  }
  static double real(const onnx_file::Node &node, const std::string &name, double standard) {
    auto found = node.attributes.find(name);
    return found == node.attributes.end() ? standard : found->second.real;
  }
  // `count` numbers from `least` to 64: a damaged file must not ask for all of the memory.
  static std::vector<int64_t> numbers(const onnx_file::Node &node, const std::string &name, size_t count,
                                      int64_t least, int64_t standard) {
    auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return std::vector<int64_t>(count, standard);
    const std::vector<int64_t> &given = found->second.numbers;
    bool fits = given.size() == count;
    for (int64_t value : given) fits = fits && value >= least && value <= 64;
    if (!fits) refuse(node, "has '" + name + "' out of range");
    return given;
  }
  static std::vector<int64_t> padding(const onnx_file::Node &node) {
    std::vector<int64_t> given = numbers(node, "pads", 4, 0, 0);
    if (given[0] != given[2] || given[1] != given[3]) refuse(node, "pads one side otherwise than the other");
    return {given[0], given[1]};
  }

  // -- Operators -----------------------------------------------------------------------------------------------------

  void add(const onnx_file::Node &node) {
    if (node.outputs.size() != 1) refuse(node, "has not exactly one output");
    if (slots_.count(node.outputs[0]) || graph_->constants.count(node.outputs[0]))
      throw onnx_file::Damaged("the value '" + node.outputs[0] + "' is made twice");
    Step step;
    if (node.op == "Cast") {
      if (is_constant(node, 0)) return cast_constant(node);
      refuse(node, "casts what is no constant");
    } else if (node.op == "Conv") {
      convolution(node, step);
    } else if (node.op == "MaxPool") {
      pooling(node, step);
    } else if (node.op == "Gemm") {
      dense(node, step);
    } else if (node.op == "Relu") {
      check_attributes(node, {});
      step.inputs = {input(node, 0)};
      step.run = [](const Step &s, Values &v) {
        return s.in_place ? at::relu_(v[s.inputs[0]]) : at::relu(v[s.inputs[0]]);
      };
      step.is_fresh = true;
    } else if (node.op == "Clip") {
      clip(node, step);
    } else if (node.op == "Add") {
      sum(node, step);
    } else if (node.op == "GlobalAveragePool") {
      check_attributes(node, {});
      step.inputs = {input(node, 0)};
      step.run = [](const Step &s, Values &v) {
        // Mean over everything behind the channels.
        if (v[s.inputs[0]].dim() != 4) throw onnx_file::Damaged("GlobalAveragePool of what is no image");
        return v[s.inputs[0]].mean(at::IntArrayRef{2, 3}, /*keepdim=*/true);
      };
      step.is_fresh = true;
    } else if (node.op == "Flatten") {
      check_attributes(node, {"axis"});
      if (number(node, "axis", 1) != 1) refuse(node, "has another axis than 1");
      step.inputs = {input(node, 0)};
      step.run = [](const Step &s, Values &v) { return at::flatten(v[s.inputs[0]], 1); };
    } else if (node.op == "Reshape") {
      reshape(node, step);
    } else {
      refuse(node, "is not supported by the libtorch plugin");
    }
    step.output = slots_.size();
    slots_[node.outputs[0]] = step.output;
    steps_.push_back(std::move(step));
  }

  void cast_constant(const onnx_file::Node &node) {
    check_attributes(node, {"to"});
    if (number(node, "to", 0) != onnx_file::FLOAT) refuse(node, "casts to another type than float32");
    at::Tensor made = constant(node, 0).to(at::kFloat);
    if (!constants_.emplace(node.outputs[0], made).second)
      throw onnx_file::Damaged("the value '" + node.outputs[0] + "' is made twice");
  }

  void convolution(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {"kernel_shape", "strides", "pads", "dilations", "group"});
    step.inputs = {input(node, 0)};
    step.weight = weight(node, 1, 4);
    if (has(node, 2)) step.bias = weight(node, 2, 1);
    step.stride = numbers(node, "strides", 2, 1, 1);
    step.dilation = numbers(node, "dilations", 2, 1, 1);
    step.padding = padding(node);
    step.groups = number(node, "group", 1);
    if (step.groups < 1 || step.weight.size(0) % step.groups) refuse(node, "has a number of groups that does not fit");
    std::vector<int64_t> kernel = numbers(node, "kernel_shape", 2, 1, 0);
    if (node.attributes.count("kernel_shape") &&
        (kernel[0] != step.weight.size(2) || kernel[1] != step.weight.size(3)))
      refuse(node, "has a kernel of another shape than its weights");
    if (step.weight.numel() == 0) refuse(node, "has no weights");
    step.run = [](const Step &s, Values &v) {
      return at::conv2d(v[s.inputs[0]], s.weight, s.bias, s.stride, s.padding, s.dilation, s.groups);
    };
    step.is_fresh = true;
  }

  void pooling(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {"kernel_shape", "strides", "pads", "dilations", "ceil_mode", "storage_order"});
    if (number(node, "ceil_mode", 0) || number(node, "storage_order", 0)) refuse(node, "rounds up, or counts columns");
    step.inputs = {input(node, 0)};
    step.kernel = numbers(node, "kernel_shape", 2, 1, 0);
    if (step.kernel[0] < 1 || step.kernel[1] < 1) refuse(node, "has no kernel");
    step.stride = numbers(node, "strides", 2, 1, 1);
    step.dilation = numbers(node, "dilations", 2, 1, 1);
    step.padding = padding(node);
    step.run = [](const Step &s, Values &v) {
      return at::max_pool2d(v[s.inputs[0]], s.kernel, s.stride, s.padding, s.dilation);
    };
    step.is_fresh = true;
  }

  void dense(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {"alpha", "beta", "transA", "transB"});
    if (real(node, "alpha", 1) != 1 || real(node, "beta", 1) != 1 || number(node, "transA", 0))
      refuse(node, "scales or transposes its input");
    step.inputs = {input(node, 0)};
    at::Tensor stored = weight(node, 1, 2);
    step.weight = number(node, "transB", 0) ? stored.t() : stored;
    if (has(node, 2)) {
      step.bias = weight(node, 2, 1);
      if (step.bias.size(0) != step.weight.size(1)) refuse(node, "has a bias of another size");
    }
    step.run = [](const Step &s, Values &v) {
      return s.bias.defined() ? at::addmm(s.bias, v[s.inputs[0]], s.weight) : at::mm(v[s.inputs[0]], s.weight);
    };
    step.is_fresh = true;
  }

  void clip(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {});
    step.inputs = {input(node, 0)};
    for (size_t index = 1; index <= 2; index++) {
      if (!has(node, index)) continue;
      at::Tensor bound = constant(node, index);
      if (bound.numel() != 1 || bound.scalar_type() != at::kFloat) refuse(node, "has a bound that is no number");
      (index == 1 ? step.low : step.high) = bound.item<float>();
    }
    step.run = [](const Step &s, Values &v) {
      return s.in_place ? at::clamp_(v[s.inputs[0]], s.low, s.high) : at::clamp(v[s.inputs[0]], s.low, s.high);
    };
    step.is_fresh = true;
  }

  void sum(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {});
    step.inputs = {input(node, 0), input(node, 1)};
    step.run = [](const Step &s, Values &v) {
      at::Tensor &first = v[s.inputs[0]], &second = v[s.inputs[1]];
      if (first.sizes() != second.sizes()) throw onnx_file::Damaged("Add of two shapes");
      return s.in_place ? first.add_(second) : at::add(first, second);
    };
    step.is_fresh = true;
  }

  void reshape(const onnx_file::Node &node, Step &step) const {
    check_attributes(node, {"allowzero"});
    if (number(node, "allowzero", 0)) refuse(node, "has dimensions of 0");
    step.inputs = {input(node, 0)};
    at::Tensor shape = constant(node, 1);
    if (shape.scalar_type() != at::kLong || shape.dim() != 1 || shape.size(0) < 1 || shape.size(0) > 8)
      refuse(node, "has no shape");
    const int64_t *extents = shape.data_ptr<int64_t>();
    step.kernel.assign(extents, extents + shape.size(0));
    for (int64_t extent : step.kernel)
      if (extent < -1 || extent > std::numeric_limits<int32_t>::max()) refuse(node, "has a shape out of range");
    step.run = [](const Step &s, Values &v) {
      std::vector<int64_t> shape = s.kernel;
      for (size_t i = 0; i < shape.size(); i++)
        if (shape[i] == 0) shape[i] = int64_t(i) < v[s.inputs[0]].dim() ? v[s.inputs[0]].size(int64_t(i)) : 1;
      return at::reshape(v[s.inputs[0]], shape);
    };
  }

  // -- Who may write over what -----------------------------------------------------------------------------------------

  // A step frees what no later one reads. It works in place on a value that is memory of its own, that nothing else
  // looks into, and that it is the last to read; views, and the batch itself, are left alone.
  void find_last_uses() {
    std::vector<size_t> last(slots_.size(), steps_.size());
    std::vector<bool> is_fresh(slots_.size(), false), is_viewed(slots_.size(), false);
    for (size_t i = steps_.size(); i-- > 0;) {
      Step &step = steps_[i];
      is_fresh[step.output] = step.is_fresh;
      for (size_t slot : step.inputs) {
        if (!step.is_fresh) is_viewed[slot] = true;
        if (last[slot] != steps_.size() || slot == result_) continue;
        last[slot] = i;
        step.done.push_back(slot);
      }
    }
    for (size_t i = 0; i < steps_.size(); i++) {
      Step &step = steps_[i];
      if (!step.is_fresh || step.inputs.empty()) continue;
      size_t first = step.inputs[0];
      bool twice = std::count(step.inputs.begin(), step.inputs.end(), first) > 1;
      step.in_place = is_fresh[first] && !is_viewed[first] && last[first] == i && first != result_ && !twice;
    }
  }
};

#endif

"""What the scripts that write a model's folder share: a writer of ONNX files, and the manifest's entries for them."""

import hashlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class Graph:
  """Collects the nodes of one ONNX file. `last` is the tensor that the next node takes first."""

  def __init__(self):
    self.nodes, self.initializers, self.last = [], [], "x"

  def half(self, name, values):
    """Weights stored as float16 and cast when the file is loaded."""
    self.initializers.append(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
    self.nodes.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    return name

  def whole(self, name, values):
    """A constant as it is."""
    self.initializers.append(numpy_helper.from_array(values, name))
    return name

  def scalar(self, name, value):
    return self.whole(name, np.array(value, np.float32))

  def add(self, op, inputs, output, **attributes):
    self.nodes.append(helper.make_node(op, [self.last, *inputs], [output], **attributes))
    self.last = output

  def dense(self, name, layer, output=None):
    inputs = [self.half(name + "_weight", layer["w"]), self.half(name + "_bias", layer["b"])]
    self.add("Gemm", inputs, output or name)

  def model(self, name, inputs, outputs):
    """The checked file's bytes: `x` of [batch, inputs] in, each of `outputs` (name: width) out."""

    def port(name, width):
      return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])

    results = [port(*output) for output in outputs.items()]
    graph = helper.make_graph(self.nodes, name, [port("x", inputs)], results, self.initializers)
    model = helper.make_model(
      graph, producer_name="offramp", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)

  def write(self, path, name, inputs, output, outputs):
    path.write_bytes(self.model(name, inputs, {output: outputs}))


def session(model):
  """Runs a file, or a file's bytes, on one thread."""
  options = onnxruntime.SessionOptions()
  options.intra_op_num_threads = 1
  options.inter_op_num_threads = 1
  options.add_session_config_entry("session.intra_op.allow_spinning", "0")
  source = model if isinstance(model, bytes) else str(model)
  return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def described(folder, name, **more):
  data = (folder / name).read_bytes()
  return {"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}


def with_shape(folder, name, inputs, outputs):
  return described(folder, name, input_values=inputs, output_values=outputs, feature_bits=outputs * 32)

// The part of an ONNX file that the plugin needs, read by hand: nodes, constants, and the names of inputs and outputs.
//
// Any bytes may come: every length is held against what is left, nothing nests deeper than the format does, and what does
// not fit throws with a text. Nothing is copied; all views are into the file's bytes.
#ifndef OFFRAMP_ONNX_FILE_H
#define OFFRAMP_ONNX_FILE_H

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace onnx_file {

struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A stretch of the file.
struct Bytes {
  const uint8_t *next = nullptr, *end = nullptr;
  size_t size() const { return size_t(end - next); }
};

// One field of a protobuf message.
struct Field {
  uint32_t number = 0, wire = 0;
  // Of a number, whatever its wire type.
  uint64_t value = 0;
  // Of a string, a message, or packed numbers.
  Bytes bytes;
};

inline uint64_t read_varint(Bytes &from) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (from.next == from.end) throw Damaged("it ends in the middle of a number");
    uint8_t byte = *from.next++;
    value |= uint64_t(byte & 127) << shift;
    if (!(byte & 128)) return value;
  }
  throw Damaged("a number of more than ten bytes");
}

inline const uint8_t *take(Bytes &from, uint64_t count) {
  if (count > from.size()) throw Damaged("a field that is longer than its message");
  const uint8_t *at = from.next;
  from.next += count;
  return at;
}

// The next field of `message`; false at its end.
inline bool read_field(Bytes &message, Field &field) {
  if (message.next == message.end) return false;
  uint64_t key = read_varint(message);
  field = Field{uint32_t(key >> 3), uint32_t(key & 7), 0, {}};
  switch (field.wire) {
    case 0: field.value = read_varint(message); break;
    case 1: std::memcpy(&field.value, take(message, 8), 8); break;
    case 2: {
      uint64_t count = read_varint(message);
      const uint8_t *at = take(message, count);
      field.bytes = {at, at + count};
      break;
    }
    case 5: {
      uint32_t value;
      std::memcpy(&value, take(message, 4), 4);
      field.value = value;
      break;
    }
    default: throw Damaged("a field of no known kind");
  }
  return true;
}

inline std::string text_of(Bytes bytes) {
  if (bytes.size() > 256) throw Damaged("a name of more than 256 bytes");
  return std::string(reinterpret_cast<const char *>(bytes.next), bytes.size());
}

// A repeated number: one of it, or many packed together.
inline void add_numbers(const Field &field, std::vector<int64_t> &to) {
  if (field.wire == 0) {
    to.push_back(int64_t(field.value));
  } else if (field.wire == 2) {
    Bytes packed = field.bytes;
    while (packed.next != packed.end) to.push_back(int64_t(read_varint(packed)));
  }
}

struct Attribute {
  int64_t number = 0;
  float real = 0;
  std::string text;
  std::vector<int64_t> numbers;
};

struct Node {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, Attribute> attributes;
};

enum Type { FLOAT = 1, INT64 = 7, HALF = 10 };

// A constant: `data` holds values of `type`, as many as `shape` says.
struct Constant {
  int type = 0;
  std::vector<int64_t> shape;
  Bytes data;
  int64_t count = 1;
};

struct Graph {
  std::vector<Node> nodes;
  std::map<std::string, Constant> constants;
  std::vector<std::string> inputs, outputs;
};

inline Attribute read_attribute(Bytes message, std::string &name) {
  Attribute attribute;
  for (Field field; read_field(message, field);) switch (field.number) {
      case 1: name = text_of(field.bytes); break;
      case 2: {
        uint32_t bits = uint32_t(field.value);
        std::memcpy(&attribute.real, &bits, 4);
        break;
      }
      case 3: attribute.number = int64_t(field.value); break;
      case 4: attribute.text = text_of(field.bytes); break;
      case 8: add_numbers(field, attribute.numbers); break;
    }
  return attribute;
}

inline Node read_node(Bytes message) {
  Node node;
  for (Field field; read_field(message, field);) switch (field.number) {
      case 1: node.inputs.push_back(text_of(field.bytes)); break;
      case 2: node.outputs.push_back(text_of(field.bytes)); break;
      case 4: node.op = text_of(field.bytes); break;
      case 5: {
        std::string name;
        Attribute attribute = read_attribute(field.bytes, name);
        node.attributes[name] = attribute;
        break;
      }
      case 7:
        if (field.bytes.size()) throw Damaged("an operator of another domain than ONNX's own");
        break;
    }
  return node;
}

// Constants as every exporter writes them: raw, little-endian, in the file itself.
inline Constant read_constant(Bytes message, std::string &name) {
  Constant constant;
  bool is_elsewhere = false;
  for (Field field; read_field(message, field);) switch (field.number) {
      case 1: add_numbers(field, constant.shape); break;
      case 2: constant.type = int(field.value & 0xFF); break;
      case 8: name = text_of(field.bytes); break;
      case 9: constant.data = field.bytes; break;
      case 14: is_elsewhere = field.value != 0; break;
    }
  size_t width = constant.type == FLOAT ? 4 : constant.type == INT64 ? 8 : constant.type == HALF ? 2 : 0;
  if (!width) throw Damaged("the constant '" + name + "' is neither float32, float16 nor int64");
  if (is_elsewhere) throw Damaged("the constant '" + name + "' is in another file");
  if (constant.shape.size() > 8) throw Damaged("the constant '" + name + "' has more than 8 dimensions");
  for (int64_t extent : constant.shape)
    if (extent < 0 || __builtin_mul_overflow(constant.count, extent, &constant.count))
      throw Damaged("the constant '" + name + "' has no such shape");
  if (uint64_t(constant.count) != constant.data.size() / width || constant.data.size() % width)
    throw Damaged("the constant '" + name + "' has not the bytes that its shape says");
  return constant;
}

inline Graph read_graph(Bytes message) {
  Graph graph;
  for (Field field; read_field(message, field);) {
    if (field.wire != 2) continue;
    if (field.number == 1) {
      graph.nodes.push_back(read_node(field.bytes));
    } else if (field.number == 5) {
      std::string name;
      Constant constant = read_constant(field.bytes, name);
      graph.constants[name] = constant;
    } else if (field.number == 11 || field.number == 12) {
      Bytes port = field.bytes;
      for (Field member; read_field(port, member);)
        if (member.number == 1) (field.number == 11 ? graph.inputs : graph.outputs).push_back(text_of(member.bytes));
    }
  }
  return graph;
}

inline Graph read(const void *bytes, size_t count) {
  const uint8_t *start = static_cast<const uint8_t *>(bytes);
  Bytes message{start, start + count};
  Graph graph;
  for (Field field; read_field(message, field);)
    if (field.number == 7 && field.wire == 2) graph = read_graph(field.bytes);
  if (graph.nodes.empty()) throw Damaged("it holds no graph, so it is no ONNX model");
  return graph;
}

}  // namespace onnx_file
#endif

import EdgeModel
import Glibc
import Inference
import OnnxRuntime
import PlainJSON

/// The model that ships with the project, as tests use it.
enum Digits {
  static let repository = String(#filePath.dropLast("/Tests/InferenceTests/DigitsModel.swift".count))
  static let directory = "\(repository)/Topologies/Models/digits"

  static func model() throws -> ModelManifest { try ModelManifest(directory: directory) }
  static func runtime() throws -> OnnxRuntime { try OnnxRuntime.open() }
  static func text(_ name: String) throws -> [UInt8] { try FileBytes.read("\(directory)/\(name)") }
}

/// A directory of its own, with a copy of the model's files as links, removed with the value's owner.
final class ScratchDirectory {
  let path: String

  init() {
    var template = Array("/tmp/offramp-inference-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }
  deinit {
    guard let listing = opendir(path) else { return }
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(listing)
    rmdir(path)
  }

  func write(_ bytes: [UInt8], as name: String) throws { try FileBytes.write(bytes, to: "\(path)/\(name)") }
  func remove(_ name: String) { unlink("\(path)/\(name)") }

  /// Every file of the digits model, and its manifest.
  func addDigits() throws {
    for file in try Digits.model().files.map(\.name) + ["manifest.json"] {
      remove(file)
      guard symlink("\(Digits.directory)/\(file)", "\(path)/\(file)") == 0 else { throw POSIXFailure(code: errno) }
    }
  }
  /// Replaces a file of the model by `bytes`, and the size in the manifest with it, so that only the content is wrong.
  func replace(_ name: String, by bytes: [UInt8]) throws {
    remove(name)
    try write(bytes, as: name)
    let manifest = try JSON(utf8: Digits.text("manifest.json")).editing { object in
      guard object["file"]?.string == name else { return }
      object = object.setting("bytes", to: .integer(Int64(bytes.count)))
    }
    remove("manifest.json")
    try write(Array(manifest.pretty.utf8), as: "manifest.json")
  }
}

struct POSIXFailure: Error { var code: Int32 }

extension JSON {
  /// The object with member `name` replaced, added, or, for nil, taken out.
  func setting(_ name: String, to value: JSON?) -> JSON {
    guard case .object(var members) = self else { return self }
    if let index = members.firstIndex(where: { $0.name == name }) {
      if let value { members[index].value = value } else { members.remove(at: index) }
    } else if let value {
      members.append(Member(name, value))
    }
    return .object(members)
  }
  /// This value with `edit` applied to every object in it, innermost first.
  func editing(_ edit: (inout JSON) -> Void) -> JSON {
    switch self {
    case .array(let elements): return .array(elements.map { $0.editing(edit) })
    case .object(let members):
      var object = JSON.object(members.map { Member($0.name, $0.value.editing(edit)) })
      edit(&object)
      return object
    default: return self
    }
  }
  /// This value with what stands at `path`, names and indices, replaced, or taken out for nil.
  func replacing(_ path: [String], by value: JSON?) -> JSON {
    guard let first = path.first else { return value ?? .null }
    let rest = Array(path.dropFirst())
    if case .array(var elements) = self, let index = Int(first) {
      if rest.isEmpty && value == nil {
        elements.remove(at: index)
      } else {
        elements[index] = elements[index].replacing(rest, by: value)
      }
      return .array(elements)
    }
    if rest.isEmpty { return setting(first, to: value) }
    return setting(first, to: (self[first] ?? .null).replacing(rest, by: value))
  }
}

extension [UInt8] {
  /// A few bytes changed, cut out, doubled or inserted.
  func mutated(_ random: inout RandomStream) -> [UInt8] {
    var bytes = self
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<Swift.min(bytes.count, place + Int.random(in: 1...64, using: &random)))
      case 3: bytes.insert(contentsOf: bytes[place..<Swift.min(bytes.count, place + 16)], at: place)
      case 4: bytes.insert("0123456789-[]{},\"e.".utf8.randomElement(using: &random)!, at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }
}

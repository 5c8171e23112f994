/// The text of an instance with every field of the contract, any of which can be replaced or left out.
///
/// A field is named by its place as errors name it: `tasks[1].deadline_s`.
struct InstanceText {
  /// How the workers are given.
  enum Form { case oneWorker, severalWorkers }

  private let form: Form
  /// Raw text by place; nil: the field is left out.
  var fields: [String: String?] = [:]

  init(_ form: Form = .oneWorker) { self.form = form }

  /// Places and values, in the order of the text.
  static func places(_ form: Form) -> [(place: String, value: String)] {
    let top = [
      ("format", "1"), ("bandwidth_hz", "2e7"), ("frame_s", "0.1"), ("guard_s", "0.001"), ("slot_s", "0.001"),
      ("resource_block_hz", "180e3"),
    ]
    let tasks = [
      ("tasks[0].id", "0"), ("tasks[0].device", "3"), ("tasks[0].feature_bits", "250000"),
      ("tasks[0].spectral_efficiency", "3.2"), ("tasks[0].deadline_s", "0.08"), ("tasks[0].exit", "2"),
      ("tasks[0].entry", "1"), ("tasks[0].weight", "2"), ("tasks[0].served", "0.5"), ("tasks[1].id", "7"),
      ("tasks[1].feature_bits", "0"), ("tasks[1].snr_hz", "1e8"), ("tasks[1].deadline_s", "0.05"),
      ("tasks[1].required_accuracy", "0.7"),
    ]
    switch form {
    case .oneWorker: return top + [("worker_free_s", "0.0"), ("max_batch", "2")] + blocks("") + tasks
    case .severalWorkers:
      let workers = (0..<2).flatMap { index in
        let path = "workers[\(index)]."
        return [(path + "id", "\"w\(index)\""), (path + "free_s", "0.01"), (path + "max_batch", "2")] + blocks(path)
      }
      return top + workers + tasks
    }
  }

  private static func blocks(_ path: String) -> [(place: String, value: String)] {
    [
      ("latency_s", "[0.0025, 0.0030]"), ("head_latency_s", "[0.0001, 0.0002]"), ("accuracy", "0.8"),
    ].map { (path + "blocks[0]." + $0.0, $0.1) }
      + [("alpha_s", "0.0005"), ("beta_s", "0.002"), ("accuracy", "0.9")].map { (path + "blocks[1]." + $0.0, $0.1) }
  }

  var text: String {
    let places = Self.places(form)
    let workers = form == .oneWorker ? "" : "workers"
    var lists = [list("tasks", count: 2)]
    switch form {
    case .oneWorker: lists.append(list("blocks", count: 2))
    case .severalWorkers:
      lists.append(
        fields.keys.contains(workers)
          ? list(workers, count: 2)
          : "\"workers\": ["
            + (0..<2).map { index in
              let path = "workers[\(index)]"
              let own = places.filter { $0.place.hasPrefix(path + ".") && !$0.place.contains("blocks") }
              return object(own, path: path, more: [list(path + ".blocks", count: 2)])
            }.joined(separator: ", ") + "]")
    }
    let top = places.filter { !$0.place.contains(".") }
    return object(top, path: "", more: lists.filter { !$0.isEmpty })
  }

  /// The member that holds the objects `place[0]` … ; empty where it is left out.
  private func list(_ place: String, count: Int) -> String {
    let name = place.split(separator: ".").last.map(String.init) ?? place
    if let replacement = fields[place] { return replacement.map { "\"\(name)\": \($0)" } ?? "" }
    let elements = (0..<count).map { index in
      let path = "\(place)[\(index)]"
      return object(Self.places(form).filter { $0.place.hasPrefix(path + ".") }, path: path, more: [])
    }
    return "\"\(name)\": [\(elements.joined(separator: ", "))]"
  }

  private func object(_ members: [(place: String, value: String)], path: String, more: [String]) -> String {
    if let replacement = fields[path], !path.isEmpty { return replacement ?? "" }
    let texts = members.compactMap { member -> String? in
      let value: String? = if let replacement = fields[member.place] { replacement } else { member.value }
      return value.map { "\"\(member.place.split(separator: ".").last ?? "")\": \($0)" }
    }
    return "{\((texts + more.filter { !$0.isEmpty }).joined(separator: ", "))}"
  }
}

import PlainJSON

/// Checks a value against a JSON Schema (2020-12), as far as the topology's schema goes; a keyword beyond that is
/// itself a complaint, so that nothing is silently unchecked.
struct JSONSchemaCheck {
  let root: JSON

  /// What is wrong, as `path: complaint`; empty where the value conforms.
  func complaints(about value: JSON) -> [String] { check(value, root, "$") }

  private func check(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
    if let verdict = schema.bool { return verdict ? [] : ["\(path): not allowed here"] }
    guard let keywords = schema.members else { return ["\(path): the schema is no object"] }
    return keywords.flatMap { check(value, keyword: $0.name, $0.value, in: schema, path) }
  }

  private func check(_ value: JSON, keyword: String, _ operand: JSON, in schema: JSON, _ path: String) -> [String] {
    switch keyword {
    case "$schema", "$defs", "title", "description", "default", "examples": return []
    case "$ref": return check(value, resolve(operand.string ?? ""), path)
    case "type": return has(value, type: operand.string ?? "") ? [] : ["\(path): \(value.kind), not \(operand.line)"]
    case "enum": return operand.array?.contains(value) == true ? [] : ["\(path): none of \(operand.line)"]
    case "pattern":
      guard let text = value.string else { return [] }
      return matches(text, operand.string ?? "") ? [] : ["\(path): '\(text)' does not match \(operand.line)"]
    case "minLength": return (value.string?.count ?? .max) >= operand.integer! ? [] : ["\(path): too short"]
    case "minimum": return (value.double ?? .infinity) >= operand.double! ? [] : ["\(path): below \(operand.line)"]
    case "maximum": return (value.double ?? -.infinity) <= operand.double! ? [] : ["\(path): above \(operand.line)"]
    case "minItems": return (value.array?.count ?? .max) >= operand.integer! ? [] : ["\(path): too few"]
    case "maxItems": return (value.array?.count ?? 0) <= operand.integer! ? [] : ["\(path): too many"]
    case "items":
      return (value.array ?? []).enumerated().flatMap { check($0.element, operand, "\(path)[\($0.offset)]") }
    case "required":
      let missing = (operand.array ?? []).compactMap(\.string).filter { value.members != nil && value[$0] == nil }
      return missing.map { "\(path): no '\($0)'" }
    case "properties":
      return (value.members ?? []).flatMap { member in
        operand[member.name].map { check(member.value, $0, "\(path).\(member.name)") } ?? []
      }
    case "additionalProperties":
      let known = Set((schema["properties"]?.members ?? []).map(\.name))
      let unknown = (value.members ?? []).map(\.name).filter { !known.contains($0) }
      if operand == .bool(false) { return unknown.map { "\(path): unknown '\($0)'" } }
      return unknown.flatMap { check(value[$0] ?? .null, operand, "\(path).\($0)") }
    case "anyOf":
      return (operand.array ?? []).contains { check(value, $0, path).isEmpty } ? [] : ["\(path): fits no alternative"]
    case "oneOf":
      let count = (operand.array ?? []).count { check(value, $0, path).isEmpty }
      return count == 1 ? [] : ["\(path): fits \(count) alternatives, not one"]
    default: return ["\(path): the schema's keyword \(keyword) is beyond this check"]
    }
  }

  private func resolve(_ reference: String) -> JSON {
    let prefix = "#/$defs/"
    guard reference.hasPrefix(prefix), let schema = root["$defs"]?[String(reference.dropFirst(prefix.count))] else {
      return .null
    }
    return schema
  }

  private func has(_ value: JSON, type: String) -> Bool {
    switch type {
    case "object": value.members != nil
    case "array": value.array != nil
    case "string": value.string != nil
    case "integer": value.integer != nil
    case "number": value.double != nil
    case "boolean": value.bool != nil
    default: false
    }
  }
  private func matches(_ text: String, _ pattern: String) -> Bool {
    guard let regex = try? Regex(pattern) else { return false }
    return (try? regex.firstMatch(in: text)) ?? nil != nil
  }
}

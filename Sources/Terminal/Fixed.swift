/// `value` with `digits` behind the point; a dash for none.
public func fixed(_ value: Double?, _ digits: Int) -> String {
  guard let value, value.isFinite, value.magnitude < 1e12 else { return "–" }
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  let scaled = Int64((value.magnitude * Double(scale)).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(scaled)" }
  let rest = String(scaled % Int64(scale))
  return "\(sign)\(scaled / Int64(scale)).\(String(repeating: "0", count: digits - rest.count))\(rest)"
}

public import Units

/// A device group in one word, for a node's command line: `name=cameras,first=6,count=6,accuracy=0.92,…`.
///
/// Values are without spaces and commas; a file's name with either cannot be written this way.
extension DeviceGroup {
  /// What `init(text:)` reads back to an equal group.
  public var text: String {
    var words = [
      "name=\(name)", "first=\(firstDevice.number)", "count=\(count)", "accuracy=\(requiredAccuracy)",
      "deadline=\(deadline.inNanoseconds)ns", "transmit=\(transmitPower.value)W", "compute=\(computePower.value)W",
      "fading=\(channel.fading.rawValue)",
    ]
    switch arrivals {
    case .periodic(let period): words.append("arrivals=periodic:\(period.inNanoseconds)ns")
    case .poisson(let rate): words.append("arrivals=poisson:\(rate)/s")
    case .replay(let file): words.append("arrivals=replay:\(file)")
    }
    switch channel.mean {
    case .distance(let from, let to, let pathLoss):
      words.append("channel=distance:\(from.value)m:\(to.value)m:\(pathLoss.rawValue)")
    case .snr(let from, let to): words.append("channel=snr:\(from.value)dB:\(to.value)dB")
    case .trace(let file): words.append("channel=trace:\(file)")
    }
    switch exitRule {
    case .assigned: words.append("exit=assigned")
    case .confidence(let threshold): words.append("exit=confidence:\(threshold)")
    }
    if model != 0 { words.append("model=\(model.number)") }
    if weight != 1 { words.append("weight=\(weight)") }
    return words.joined(separator: ",")
  }

  public init(text: String) throws(QuantityError) {
    var words: [Substring: String] = [:]
    for word in text.split(separator: ",") {
      guard let sign = word.firstIndex(of: "=") else { throw Self.error("'\(word)' is no key=value") }
      words[word[..<sign]] = String(word[word.index(after: sign)...])
    }
    func take(_ key: Substring) throws(QuantityError) -> String {
      guard let value = words.removeValue(forKey: key) else { throw Self.error("'\(key)' is missing") }
      return value
    }
    func whole(_ key: Substring, _ range: ClosedRange<Int>) throws(QuantityError) -> Int {
      let text = try take(key)
      guard let value = Int(text), range.contains(value) else {
        throw Self.error("\(key) '\(text)' is no number in \(range)")
      }
      return value
    }
    func share(_ key: Substring) throws(QuantityError) -> Double {
      let text = try take(key)
      guard let value = Double(text), (0...1).contains(value) else {
        throw Self.error("\(key) '\(text)' is not in 0...1")
      }
      return value
    }
    func weight() throws(QuantityError) -> Double {
      guard words["weight"] != nil else { return 1 }
      let text = try take("weight")
      guard let value = Double(text), value > 0, value.isFinite else {
        throw Self.error("weight '\(text)' is no positive number")
      }
      return value
    }
    self.init(
      name: try take("name"), firstDevice: DeviceID(try whole("first", 0...1_000_000)),
      count: try whole("count", 1...1_000_000), requiredAccuracy: try share("accuracy"),
      deadline: try Duration(text: try take("deadline")), arrivals: try Self.arrivals(try take("arrivals")),
      channel: ChannelModel(try Self.mean(try take("channel")), fading: try Self.fading(try take("fading"))),
      transmitPower: try Watts(text: try take("transmit")), computePower: try Watts(text: try take("compute")),
      exitRule: try Self.rule(try take("exit")), weight: try weight(),
      model: words["model"] == nil ? 0 : ModelID(try whole("model", 0...63)))
    if let unknown = words.keys.sorted().first { throw Self.error("there is no '\(unknown)'") }
  }

  private static func error(_ what: String) -> QuantityError {
    QuantityError("the device group: \(what)", remedy: "see --help for its form")
  }

  /// The word before the first colon, and the words behind it.
  private static func split(_ text: String) -> (kind: Substring, values: [String]) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    return (words[0], words.dropFirst().map(String.init))
  }
  private static func arrivals(_ text: String) throws(QuantityError) -> Arrivals {
    let (kind, values) = split(text)
    switch (kind, values.count) {
    case ("periodic", 1):
      let period = try Duration(text: values[0])
      guard period > .zero else { throw error("a period of '\(values[0])'") }
      return .periodic(period: period)
    case ("poisson", 1):
      let rate = try readEventRate(values[0])
      guard rate > 0 else { throw error("a rate of '\(values[0])'") }
      return .poisson(rate: rate)
    case ("replay", 1...): return .replay(file: values.joined(separator: ":"))
    default: throw error("arrivals '\(text)' are neither periodic:TIME, poisson:RATE nor replay:FILE")
    }
  }
  private static func mean(_ text: String) throws(QuantityError) -> ChannelModel.Mean {
    let (kind, values) = split(text)
    switch (kind, values.count) {
    case ("snr", 2): return .snr(from: try Decibels(text: values[0]), to: try Decibels(text: values[1]))
    case ("trace", 1...): return .trace(file: values.joined(separator: ":"))
    case ("distance", 3):
      guard let pathLoss = PathLoss(rawValue: values[2]) else { throw error("there is no path loss '\(values[2])'") }
      return .distance(from: try Metres(text: values[0]), to: try Metres(text: values[1]), pathLoss: pathLoss)
    default: throw error("channel '\(text)' is neither snr:FROM:TO, distance:FROM:TO:LOSS nor trace:FILE")
    }
  }
  private static func fading(_ text: String) throws(QuantityError) -> ChannelModel.Fading {
    guard let fading = ChannelModel.Fading(rawValue: text) else { throw error("there is no fading '\(text)'") }
    return fading
  }
  private static func rule(_ text: String) throws(QuantityError) -> ExitRule {
    let (kind, values) = split(text)
    if kind == "assigned", values.isEmpty { return .assigned }
    guard kind == "confidence", values.count == 1, let threshold = Double(values[0]), (0...1).contains(threshold) else {
      throw error("exit '\(text)' is neither assigned nor confidence:SHARE")
    }
    return .confidence(threshold: threshold)
  }
}

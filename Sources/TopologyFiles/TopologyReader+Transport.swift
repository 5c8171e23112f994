import EdgeModel

/// How nodes reach each other.
extension TopologyReader {
  func readTransport(_ transport: MappingReader) -> TransportChoice? {
    let scheme: TransportChoice.Scheme? = transport.choice("scheme", standard: .tcp, example: "tcp")
    let devices = readEndpoint(transport, "devices")
    let workers = readEndpoint(transport, "workers")
    guard let scheme, let devices, let workers else { return nil }
    return TransportChoice(scheme: scheme, devicesEndpoint: devices.text, workersEndpoint: workers.text)
  }

  /// An endpoint that may be left out; nil where it is wrong.
  func readEndpoint(_ reader: MappingReader, _ key: String) -> (text: String?, Void)? {
    guard reader.has(key) else { return (nil, ()) }
    guard let text = reader.text(key, example: "tcp://127.0.0.1:5600") else { return nil }
    if let complaint = EndpointText.complaint(about: text) {
      problems.report(
        "\(complaint) in the endpoint '\(text.shortened)'", at: reader.place(of: key),
        remedy: "write tcp://ADDRESS:PORT or ipc:///PATH")
      return nil
    }
    return (text, ())
  }

  /// Nodes' endpoints must be of the scheme, and no two the same; the user's scheduler chose its own.
  func checkEndpoints(
    _ file: MappingReader, _ workers: [WorkerDescription], _ transport: TransportChoice, _ policy: PolicyChoice
  ) {
    let given = [
      ("devices", transport.devicesEndpoint), ("workers", transport.workersEndpoint),
    ].compactMap { key, endpoint in endpoint.map { ("transport's '\(key)'", $0, file.place(of: "transport")) } }
    let all =
      given
      + workers.compactMap { worker in
        worker.endpoint.map { ("the endpoint of worker '\(worker.name)'", $0, file.place(of: "workers")) }
      }
    var owners: [String: String] = [:]
    if let endpoint = policy.endpoint { owners[endpoint] = "the policy" }
    for (owner, endpoint, place) in all {
      if !endpoint.hasPrefix(transport.scheme.rawValue + "://") {
        problems.report(
          "\(owner) is no \(transport.scheme.rawValue) endpoint", at: place,
          remedy: "begin it with \(transport.scheme.rawValue):// or change the transport's scheme")
      }
      if let other = owners.updateValue(owner, forKey: endpoint) {
        problems.report("\(other) and \(owner) are both \(endpoint)", at: place, remedy: "give each its own")
      }
    }
  }
}

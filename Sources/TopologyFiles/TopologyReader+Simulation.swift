import EdgeModel
import Units

/// What only a run in virtual time has to be told.
extension TopologyReader {
  static let simulationKeys = ["links", "solve_time", "stem", "dispatch", "engine"]
  static let simulatedLinkKeys = ["device_station", "station_worker", "device_worker"]
  static let linkKeys = ["latency", "rate"]
  static let solveTimeKeys = ["base", "per_task", "per_search_node"]

  func readSimulation(_ simulation: MappingReader) -> SimulationChoice? {
    let standard = SimulationChoice()
    let links = optionalSection(simulation, "links", keys: Self.simulatedLinkKeys, standard.links, readLinks)
    let solveTime = optionalSection(
      simulation, "solve_time", keys: Self.solveTimeKeys, standard.solveTime, readSolveTime)
    let stem = readTime(simulation, "stem", standard.stem)
    let dispatch = readTime(simulation, "dispatch", standard.dispatch)
    let engine: SimulationChoice.EngineTiming? = simulation.choice(
      "engine", standard: standard.engine, example: "table")
    guard let links, let solveTime, let stem, let dispatch, let engine else { return nil }
    return SimulationChoice(links: links, solveTime: solveTime, stem: stem, dispatch: dispatch, engine: engine)
  }

  private func readLinks(_ links: MappingReader) -> SimulatedLinks? {
    func link(_ key: String) -> SimulatedLink? {
      optionalSection(links, key, keys: Self.linkKeys, SimulatedLink(), readLink)
    }
    guard let deviceStation = link("device_station"), let stationWorker = link("station_worker"),
      let deviceWorker = link("device_worker")
    else { return nil }
    return SimulatedLinks(deviceStation: deviceStation, stationWorker: stationWorker, deviceWorker: deviceWorker)
  }

  private func readLink(_ link: MappingReader) -> SimulatedLink? {
    let latency = readTime(link, "latency", SimulatedLink().latency)
    let rate =
      link.has("rate")
      ? link.amount("rate", FieldBounds.linkRate, example: "1 Gbit/s", BitRate.init(text:)) : nil
    guard let latency, rate != nil || !link.has("rate") else { return nil }
    return SimulatedLink(latency: latency, rate: rate)
  }

  private func readSolveTime(_ solveTime: MappingReader) -> SolveTime? {
    let base = readTime(solveTime, "base", .zero)
    let perTask = readTime(solveTime, "per_task", .zero)
    let perSearchNode = readTime(solveTime, "per_search_node", .zero)
    guard let base, let perTask, let perSearchNode else { return nil }
    return SolveTime(base: base, perTask: perTask, perSearchNode: perSearchNode)
  }

  private func readTime(_ reader: MappingReader, _ key: String, _ standard: Duration) -> Duration? {
    reader.amount(key, standard: standard, FieldBounds.simulated, example: "100 us", Duration.init(text:))
  }
}

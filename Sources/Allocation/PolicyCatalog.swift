public import EdgeModel

/// A policy as users choose it.
public struct PolicyEntry: Sendable {
  public enum Exactness: String, Hashable, Sendable { case exact, heuristic }

  public let name: String
  /// What it optimises, under which rules.
  public let objective: String
  /// The objectives that it knows.
  public let objectives: [Objective]
  public let exactness: Exactness
  /// In tasks K, blocks N, batch size b.
  public let complexity: String
  public let reference: String
  /// Workers form the batches by a rule that it sets, instead of running those that it plans.
  public let hasOpenPlans: Bool
  /// A policy value with these options, for workers of any number of instances and models; options that do not concern it
  /// are ignored.
  public let make: @Sendable (PolicyOptions) -> any AllocationPolicy

  public init(
    name: String, objective: String, objectives: [Objective] = [.throughput], exactness: Exactness,
    complexity: String, reference: String, hasOpenPlans: Bool = false,
    make: @escaping @Sendable (PolicyOptions) -> any AllocationPolicy
  ) {
    self.name = name
    self.objective = objective
    self.objectives = objectives
    self.exactness = exactness
    self.complexity = complexity
    self.reference = reference
    self.hasOpenPlans = hasOpenPlans
    // A worker's own queue feeds all its instances.
    let ofEachWorker: @Sendable (PolicyOptions) -> any AllocationPolicy = { options in
      EachModel(policy: EachInstance(policy: make(options)))
    }
    self.make = hasOpenPlans ? make : ofEachWorker
  }
}

/// What a user may set on a policy.
public struct PolicyOptions: Hashable, Sendable {
  /// How far searches go; nil: the policy's default.
  public var budget: SearchBudget?
  /// One of those that the policy knows (`PolicyEntry.objectives`).
  public var objective: Objective
  /// For policies with open plans.
  public var batching: BatchingOptions
  public init(
    budget: SearchBudget? = nil, objective: Objective = .throughput, batching: BatchingOptions = BatchingOptions()
  ) {
    self.budget = budget
    self.objective = objective
    self.batching = batching
  }
}

/// Every policy by name.
public enum PolicyCatalog {
  public static let entries: [PolicyEntry] = [
    PolicyEntry(
      name: BestShelfPacking.name,
      objective: "most tasks; batching, every task runs all blocks", exactness: .exact, complexity: "O(K log K)",
      reference: "\(liu), best-shelf-packing; \(ours), \"Best-shelf-packing\"",
      make: { _ in BestShelfPacking() }),
    PolicyEntry(
      name: ExitAwareShelfPacking.name,
      objective: "most tasks, or the greatest sum of weights; batching and early exit",
      objectives: Objective.allCases, exactness: .heuristic,
      complexity: "O(K log K) plus up to 96 packings of O(K) for each size tried",
      reference: "\(liu), best-shelf-packing modified for early exit; \(ours), \"With early exit, sub-optimal\"",
      make: { options in ExitAwareShelfPacking(objective: options.objective) }),
    PolicyEntry(
      name: TreeSearch.name,
      objective: "most tasks, or the greatest sum of weights; batching and early exit",
      objectives: Objective.allCases, exactness: .exact,
      complexity: "at most C(b + N - 1, N - 1) leaves of O(K); stops at the budget with a feasible answer",
      reference: "\(liu), depth-first tree search with online pruning; \(ours), \"Optimal: tree search\"",
      make: { options in TreeSearch(budget: options.budget, objective: options.objective) }),
    PolicyEntry(
      name: SlottedTreeSearch.name,
      objective: "most tasks on a grid of slots; fixed transmit power, resource blocks, exit heads", exactness: .exact,
      complexity: "at most C(b + N - 1, N - 1) leaves of O(K); stops at the budget with a feasible answer",
      reference: "\(liu), depth-first tree search with online pruning; \(ours), \"Slotted tree search\"",
      make: { options in SlottedTreeSearch(budget: options.budget) }),
    PolicyEntry(
      name: EqualShare.name,
      objective: "most tasks; batching and early exit, every scheduled user gets the same bandwidth",
      exactness: .heuristic, complexity: "as exit-aware-shelf-packing",
      reference: "baseline without channel-aware bandwidth",
      make: { _ in EqualShare() }),
    PolicyEntry(
      name: BestShelfPacking.nameInTables,
      objective: "best-shelf-packing, for tables beside policies with early exit", exactness: .exact,
      complexity: "O(K log K)", reference: "as best-shelf-packing",
      make: { _ in BestShelfPacking(name: BestShelfPacking.nameInTables) }),
    PolicyEntry(
      name: Unbatched.noBatching.name,
      objective: "most tasks; early exit, tasks run one by one, each as soon as it is in and the worker is free",
      exactness: .heuristic, complexity: "O(K log K), and O(b^2) for each of the first 4,096 tasks",
      reference: "baseline: batching taken away",
      make: { _ in Unbatched.noBatching }),
    PolicyEntry(
      name: Unbatched.conventional.name,
      objective: "most tasks; tasks run one by one through all blocks", exactness: .heuristic,
      complexity: "O(K log K), and O(b^2) for each of the first 4,096 tasks",
      reference: "baseline: batching and early exit taken away",
      make: { _ in Unbatched.conventional }),
    PolicyEntry(
      name: EarliestDeadlineFirst.name,
      objective: "the earliest deadlines; batching and early exit, one batch", exactness: .heuristic,
      complexity: "O(K log K + K N)", reference: "baseline: urgency alone",
      make: { _ in EarliestDeadlineFirst() }),
    PolicyEntry(
      name: DynamicBatching.name,
      objective: "none for the uplink, equal shares; the worker batches what has arrived", exactness: .heuristic,
      complexity: "O(K log K)", reference: "Triton Inference Server, dynamic batcher", hasOpenPlans: true,
      make: { DynamicBatching($0.batching) }),
    PolicyEntry(
      name: AdaptiveBatching.name,
      objective: "as dynamic-batching; batch limit and delay follow forecast arrivals and backlog",
      exactness: .heuristic, complexity: "O(K log K + N b)",
      reference: "ours, for what BCEdge and its neighbours steer; forecasts after Holt 1957", hasOpenPlans: true,
      make: { AdaptiveBatching($0.batching) }),
    PolicyEntry(
      name: AIMDBatching.name,
      objective: "as dynamic-batching; the batch limit rises by one and falls by a tenth", exactness: .heuristic,
      complexity: "O(K log K)", reference: "Crankshaw et al., Clipper, NSDI 2017, section 4.3.1", hasOpenPlans: true,
      make: { AIMDBatching($0.batching) }),
  ]

  /// The policy called `name`; throws an error that lists the names.
  public static func entry(named name: String) throws(UnknownPolicy) -> PolicyEntry {
    guard let entry = entries.first(where: { $0.name == name }) else { throw UnknownPolicy(name: name) }
    return entry
  }

  /// The policy called `name`, which must know `objective`; throws an error that lists those that do.
  public static func entry(
    named name: String, knowing objective: Objective
  ) throws(UnsuitablePolicy) -> PolicyEntry {
    let entry: PolicyEntry
    do { entry = try self.entry(named: name) } catch { throw .unknown(error) }
    guard entry.objectives.contains(objective) else { throw .objective(objective, of: name) }
    return entry
  }

  /// The names of the policies that know `objective`.
  public static func names(knowing objective: Objective) -> [String] {
    entries.filter { $0.objectives.contains(objective) }.map(\.name)
  }

  private static let liu = "Liu, Lan, Huang, IEEE JSAC 41(4) 2023, arXiv 2204.05223"
  private static let ours = "body derived here, the full text was not available: Docs/Policies.md"
}

/// A name that no policy has.
public struct UnknownPolicy: Error, Hashable, Sendable, CustomStringConvertible {
  public let name: String
  public var description: String {
    let what = name == ExternalPolicy.name ? "\(name) is a process of its own, which cannot be asked here" : nil
    return "\(what ?? "no policy is called \"\(name)\""); choose one of "
      + PolicyCatalog.entries.map(\.name).joined(separator: ", ")
  }
}

/// Why a policy cannot be had for an objective.
public enum UnsuitablePolicy: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(UnknownPolicy)
  /// It does not know this objective.
  case objective(Objective, of: String)

  public var description: String {
    switch self {
    case .unknown(let policy): policy.description
    case .objective(let objective, let name):
      "the policy \(name) does not know the objective \"\(objective.rawValue)\"; choose one of "
        + PolicyCatalog.names(knowing: objective).joined(separator: ", ")
    }
  }
}

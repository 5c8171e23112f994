import Allocation
import ArgumentParser
import EdgeModel

struct PoliciesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policies", abstract: "Lists the policies that a topology or --policy may name.")

  func run() {
    var table = Table(columns: [
      .init(heading: "POLICY"), .init(heading: "OPTIMISES", width: 28), .init(heading: "OBJECTIVES", width: 17),
      .init(heading: "ANSWER"), .init(heading: "COMPLEXITY", width: 20), .init(heading: "REFERENCE", width: 30),
    ])
    table.rows = PolicyCatalog.entries.map {
      [
        $0.name, $0.objective, $0.objectives.map(\.rawValue).joined(separator: ", "), $0.exactness.rawValue,
        $0.complexity, $0.reference,
      ]
    }
    table.rows.append([
      ExternalPolicy.name, ExternalPolicy.objective, "the user's", ExternalPolicy.exactness.rawValue,
      ExternalPolicy.complexity, ExternalPolicy.reference,
    ])
    print(table.text)
  }
}

import Foundation
import PlainJSON
import Testing
import Yams

@testable import TopologyFiles

/// The schema beside the topologies, which editors complete and underline by, agrees with the reader.
@Suite struct SchemaTests {
  let schema: JSONSchemaCheck

  init() throws {
    let text = try String(contentsOfFile: Checkout.path("Topologies/topology.schema.json"), encoding: .utf8)
    schema = JSONSchemaCheck(root: try JSON(text))
  }

  @Test(arguments: ShippedTopologyTests.names) func shippedFilesConform(_ name: String) throws {
    #expect(schema.complaints(about: try json(of: try Checkout.read(name).text)) == [])
  }
  @Test func soundTextConforms() throws {
    #expect(schema.complaints(about: try json(of: Mistake.sound)) == [])
    #expect(schema.complaints(about: try json(of: SweepMistake.text(SweepTests.block))) == [])
  }

  /// Mistakes that no schema can see: how amounts compare, and what other files hold.
  static let beyondSchema: Set<String> = [
    "zero duration", "endless duration", "infinity", "negative bandwidth", "loud noise", "lead past the frame",
    "guard of a frame", "margin of a frame", "negative guard", "no lead", "missing model", "model without manifest",
    "missing table", "table for another model", "batch past the table", "reserved name", "unknown policy",
    "unknown fallback", "objective that a policy does not know", "more processes than devices",
    "two groups of one name", "too many devices",
    "accuracy above 100 %", "accuracy nobody reaches", "negative deadline", "hopeless deadline", "rate of zero",
    "missing replay", "comma in a path", "no power", "distances the wrong way round", "distance of zero",
    "no scheduler", "a scheduler too many", "fallback elsewhere", "scheduler at a node's endpoint",
    "endpoint of another scheme",
    "port out of range", "delay without open plans", "a timeout too long",
    "two nodes at one endpoint", "limit of zero", "share above 1",
    "negative latency", "rate of zero", "negative dispatch", "negative solve time", "endless solve time",
    "fault of nobody", "fault of another emulator", "engine of an emulator", "restart of the base station",
    "step of the run's clock", "instant behind the run", "instant before the run", "pause of nothing",
    "no bandwidth left", "engine faster than it is", "delay of nothing", "fault of the dead", "fault of the paused",
    "two restarts at a time", "model of a group that nobody lists", "further models without tables",
    "further model that is not there", "further table too many", "memory of nothing",
    "more instances than the table knows of", "two steps at a time",
  ]

  @Test(arguments: Mistake.all) func refusesWhatItCanSee(_ mistake: Mistake) throws {
    let text = Mistake.sound.replacingOccurrences(of: mistake.from, with: mistake.to)
    guard let value = try? json(of: text) else { return }
    #expect(schema.complaints(about: value).isEmpty == Self.beyondSchema.contains(mistake.what))
  }

  @Test func everyKeyOfTheReaderIsDescribed() throws {
    let root = schema.root
    let defined = [
      "group": TopologyReader.groupKeys, "worker": TopologyReader.workerKeys, "fault": TopologyReader.faultKeys,
    ]
    #expect(root["properties"]?.members?.map(\.name).sorted() == TopologyReader.keys.sorted())
    for (name, keys) in defined {
      let properties = root["$defs"]?[name]?["properties"]?.members ?? []
      #expect(properties.map(\.name).sorted() == keys.sorted())
    }
    func undescribed(_ schema: JSON, _ path: String) -> [String] {
      (schema["properties"]?.members ?? []).flatMap { member -> [String] in
        let target = member.value["$ref"]?.string.flatMap { root["$defs"]?[String($0.dropFirst(8))] }
        let isDescribed = member.value["description"] != nil || target?["description"] != nil
        return (isDescribed ? [] : [path + member.name]) + undescribed(member.value, path + member.name + ".")
      }
    }
    #expect(undescribed(root, "") == [])
    for member in root["$defs"]?.members ?? [] { #expect(undescribed(member.value, member.name + ".") == []) }
  }

  @Test func checkRefusesKeywordsItDoesNotKnow() throws {
    let text = #"{"multipleOf": 2}"#
    let schema = try JSON(text)
    let check = JSONSchemaCheck(root: schema)
    #expect(check.complaints(about: 4).count == 1)
  }

  private func json(of yaml: String) throws -> JSON {
    convert(try #require(try Yams.compose(yaml: yaml)))
  }
  private func convert(_ node: Node) -> JSON {
    switch node {
    case .mapping(let mapping):
      .object(mapping.map { JSON.Member($0.key.string ?? "[]", convert($0.value)) })
    case .sequence(let sequence): .array(sequence.map(convert))
    case .alias: .null
    case .scalar(let scalar):
      if scalar.style != .plain {
        .string(scalar.string)
      } else if let whole = Int64(scalar.string) {
        .integer(whole)
      } else if let number = Double(scalar.string), number.isFinite {
        .number(number)
      } else if scalar.string.isEmpty {
        .null
      } else {
        .string(scalar.string)
      }
    }
  }
}

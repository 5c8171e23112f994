import Terminal
import Testing

@Suite struct FlagSetTests {
  private let flags = FlagSet(
    "program", "does things",
    [
      .required("model", "DIR", "a directory"), .standard("threads", "N", "1", "threads"),
      .optional("output", "FILE", "a file"), .repeated("group", "TEXT", "groups"), .toggle("json", "as JSON"),
    ])

  @Test func whatIsGivenIsThereAndTheRestIsStandard() throws {
    let values = try flags.parse(["--model", "m", "--group", "a", "--json", "--group", "b"])
    #expect(values.text("model") == "m" && values.all("group") == ["a", "b"] && values.has("json"))
    #expect(try values.whole("threads", 1...4) == 1)
    #expect(values.optional("output") == nil && !values.has("output"))
    for name in ["--model DIR", "default 1", "required", "may be repeated"] { #expect(flags.help.contains(name)) }
  }

  @Test(arguments: [
    (["--model"], "no value"), ([], "--model is missing"), (["--model", "m", "--fly", "1"], "no flag '--fly'"),
    (["model", "m"], "no flag 'model'"), (["--model", "m", "--model", "n"], "given twice"),
    (["--model", "m", "--json", "--json"], "given twice"),
  ]) func mistakesAreOneLine(_ arguments: [String], _ words: String) throws {
    let error = try #require(throws: UsageError.self) { try flags.parse(arguments) }
    #expect(error.description.contains(words) && !error.description.contains("\n"), "\(error)")
  }

  @Test(arguments: ["0", "5", "x", "", "1.5", "99999999999999999999"]) func numbersKeepTheirRange(_ text: String) throws
  {
    let values = try flags.parse(["--model", "m", "--threads", text])
    let error = try #require(throws: UsageError.self) { try values.whole("threads", 1...4) }
    #expect(error.description.contains("from 1 to 4"))
  }
}

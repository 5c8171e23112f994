import EdgeModel
import Testing
import Units

@Suite struct DeviceGroupTextTests {
  @Test(arguments: 0..<300 as Range<UInt64>) func readsBackWhatItWrites(seed: UInt64) throws {
    var random = RandomStream(seed: seed, device: 0, purpose: "group text")
    let means: [ChannelModel.Mean] = [
      .snr(from: Decibels(-3.25), to: Decibels(20 * random.uniform())), .trace(file: "a:b/c.csv"),
      .distance(
        from: Metres(1 + random.uniform()), to: Metres(500), pathLoss: PathLoss.allCases.randomElement(using: &random)!),
    ]
    let arrivals: [Arrivals] = [
      .periodic(period: .nanoseconds(Int64.random(in: 1...1_000_000_000, using: &random))),
      .poisson(rate: 10 * random.uniform() + 0.001), .replay(file: "x/y.csv"),
    ]
    let rules: [ExitRule] = [.assigned, .confidence(threshold: random.uniform())]
    let group = DeviceGroup(
      name: "g\(seed)", firstDevice: DeviceID(Int.random(in: 0...900, using: &random)),
      count: Int.random(in: 1...64, using: &random), requiredAccuracy: random.uniform(),
      deadline: .nanoseconds(Int64.random(in: 1...4_000_000_000, using: &random)),
      arrivals: arrivals.randomElement(using: &random)!,
      channel: ChannelModel(means.randomElement(using: &random)!, fading: .none),
      transmitPower: Watts(random.uniform()),
      computePower: Watts(random.uniform()), exitRule: rules.randomElement(using: &random)!,
      weight: seed.isMultiple(of: 3) ? 1 : 1000 * random.uniform() + 1e-6,
      model: ModelID(seed.isMultiple(of: 2) ? 0 : Int.random(in: 0...63, using: &random)))
    #expect(try DeviceGroup(text: group.text) == group)
  }

  @Test(arguments: [
    "", "name", "name=a", "name=a,first=0,count=0", "name=a,first=-1,count=1,accuracy=1,deadline=1",
    "name=a,first=0,count=1,accuracy=2,deadline=1s,arrivals=poisson:1/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=periodic:0ns,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=poisson:0/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=often,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=poisson:1/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned,x=1",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=poisson:1/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned,weight=0",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=poisson:1/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned,weight=nan",
    "name=a,first=0,count=1,accuracy=1,deadline=1s,arrivals=poisson:1/s,channel=snr:1dB:2dB,fading=none,transmit=1W,compute=1W,exit=assigned,model=-1",
  ]) func refusesWhatIsNoGroup(text: String) {
    #expect(throws: QuantityError.self) { try DeviceGroup(text: text) }
  }
}

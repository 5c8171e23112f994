import Testing

/// Every live test, one after the other: two testbeds at a time would fight over two cores.
@Suite(.serialized) struct Live {}

/// How much work one request may cost, in steps of about a third of a microsecond. Limits on sizes alone do
/// not bound it: operations, comparisons and elements multiply.
struct WorkBudget: Sendable {
    /// The steps of one request: some 0.1 s of one processor.
    static let limit = 300_000
    /// The steps after which others get their turn.
    private static let turn = 20_000

    private var left: Int
    private var sinceTurn = 0

    /// A budget of that many steps.
    init(_ steps: Int = limit) { left = steps }

    /// A budget for looking through `count` resources: `limit`, or four steps for each, since a directory
    /// of any size can be listed with a plain filter.
    init(listing count: Int) { self.init(max(Self.limit, 4 * count)) }

    /// Spends `steps`. Throws ``SCIMFault/tooMany`` where so many are not left.
    mutating func spend(_ steps: Int) throws(SCIMFault) {
        guard steps <= left else { throw .tooMany }
        left -= steps
        sinceTurn += steps
    }

    /// Lets other tasks run, where it is their turn.
    mutating func yield() async {
        guard sinceTurn >= Self.turn else { return }
        sinceTurn = 0
        await Task.yield()
    }
}

extension SCIMFault {
    /// The request is within every size, and too much work (RFC 7644, section 3.12).
    static let tooMany = SCIMFault(
        status: 400, .tooMany,
        "the operations and comparisons of this request are too much work for the resources that they look "
            + "at, and nothing was changed: send fewer at once, or name resources by id, userName or externalId"
    )
}

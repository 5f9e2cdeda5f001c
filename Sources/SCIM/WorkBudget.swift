/// The work that one request may cost, in steps of about a third of a microsecond. Limits on sizes alone do
/// not bound it, since operations, comparisons and elements multiply.
struct WorkBudget: Sendable {
    /// The steps of one request: about 0.1 s of one processor.
    static let limit = 300_000
    /// The steps after which other tasks run.
    private static let turn = 20_000

    private var left: Int
    private var sinceTurn = 0

    init(_ steps: Int = limit) { left = steps }

    /// A budget for filtering `count` resources: ``limit``, or four steps each where that is more, so that a
    /// plain filter works on a directory of any size.
    init(listing count: Int) { self.init(max(Self.limit, 4 * count)) }

    /// Throws ``SCIMFault/tooMany`` if fewer than `steps` are left.
    mutating func spend(_ steps: Int) throws(SCIMFault) {
        guard steps <= left else { throw .tooMany }
        left -= steps
        sinceTurn += steps
    }

    /// Lets other tasks run if this one has had its ``turn``.
    mutating func yield() async {
        guard sinceTurn >= Self.turn else { return }
        sinceTurn = 0
        await Task.yield()
    }
}

extension SCIMFault {
    /// The request is within every limit on size, and still too much work (RFC 7644, section 3.12).
    static let tooMany = SCIMFault(
        status: 400, .tooMany,
        "this request takes too much work, and nothing was changed: send fewer operations at once, or filter by "
            + "id, userName or externalId"
    )
}

/// What is wrong with the fields of one request: so much of it that a person can act on it, and how many faults
/// more there are. So an answer stays short, whatever was sent.
public struct FieldFaults: Hashable, Sendable {
    /// How many are told.
    static let most = 20

    private var told: [FieldFault] = []
    private var untold = 0
    /// The field of the first one that is not told.
    private var field = ""

    public init() {}

    public var isEmpty: Bool { told.isEmpty }

    /// Those that are told, and behind them how many more there are.
    public var all: [FieldFault] {
        untold == 0 ? told : told + [FieldFault(field, "… and \(untold) more", isWhole: true)]
    }

    /// Adds a fault of `field`.
    public mutating func add(_ field: String, _ detail: String, isWhole: Bool = false) {
        if told.count < Self.most {
            told.append(FieldFault(field, detail, isWhole: isWhole))
        } else {
            if untold == 0 { self.field = field }
            untold += 1
        }
    }
}

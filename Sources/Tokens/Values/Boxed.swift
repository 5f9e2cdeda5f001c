/// A value in memory of its own, with which few others are copied: a pointer instead of many words.
///
/// For what is large and mostly missing in values of which there are many, such as a service account in a ``Subject``.
/// It is compared by its value.
indirect enum Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
    case value(Value)

    var value: Value {
        switch self {
        case .value(let value): value
        }
    }
}

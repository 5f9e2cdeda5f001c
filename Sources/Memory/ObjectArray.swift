internal import Synchronization

/// An array of objects that only grows. Reading by index takes no lock.
public final class ObjectArray<Element: AnyObject & Sendable>: Sendable {
    private let addresses = WordArray()
    private let kept = Mutex(0)

    public init() {}

    deinit {
        for index in 0..<kept.withLock(\.self) { object(index).release() }
    }

    /// Adds an object and returns its index.
    public func append(_ element: Element) -> UInt32 {
        kept.withLock { count in
            addresses.grow(toHold: count + 1)
            let object = Unmanaged.passRetained(element)
            addresses.store(UInt64(UInt(bitPattern: object.toOpaque())), at: count)
            count += 1
            return UInt32(count - 1)
        }
    }

    /// The object at an index that ``append(_:)`` returned.
    public subscript(index: UInt32) -> Element { object(Int(index)).takeUnretainedValue() }

    private func object(_ index: Int) -> Unmanaged<Element> {
        let address = addresses.load(at: index)
        guard let pointer = UnsafeRawPointer(bitPattern: UInt(address)) else {
            preconditionFailure("an index that nothing was appended at")
        }
        return Unmanaged.fromOpaque(pointer)
    }
}

internal import CPostgreSQL

/// A result of libpq's, which is freed with this.
final class ServerResult {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }
}

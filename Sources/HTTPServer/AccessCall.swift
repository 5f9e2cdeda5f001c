import CMicroHTTPD
import Glibc
import Tokens

/// The arguments of one call of libmicrohttpd's access handler.
struct AccessCall {
    let handle: OpaquePointer
    let method: UnsafePointer<CChar>
    let version: UnsafePointer<CChar>
    let upload: UnsafePointer<CChar>?
    /// How many bytes were uploaded; set to how many were not taken.
    let uploadSize: UnsafeMutablePointer<Int>
}

extension AccessCall {
    /// Lends the head of the request, with one field more than the limit where there are too many.
    func withHead<Result>(
        target: [UInt8], peer: IPAddress?, shard: Int, _ body: (borrowing RequestHead) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: jeton_mhd_field.self, capacity: RequestHead.fieldLimit + 1) {
            room in
            let count = jeton_mhd_header_fields(handle, room.baseAddress, room.count)
            let method = UnsafeRawBufferPointer(start: method, count: strlen(method))
            return target.withUnsafeBufferPointer { target in
                method.withMemoryRebound(to: UInt8.self) { method in
                    body(
                        RequestHead(
                            method: method, target: target,
                            fields: UnsafeBufferPointer(rebasing: room[..<count]), peer: peer, shard: shard))
                }
            }
        }
    }
}

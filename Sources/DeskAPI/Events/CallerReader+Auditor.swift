import Desk
import HTTPServer
import Tokens

extension CallerReader {
    /// The caller of `request`, who may read what administrators see: an administrator at a browser.
    func auditor(of request: Request) async throws -> Caller {
        let caller = try await caller(of: request)
        guard caller.token == nil, caller.subject.isAdministrator else {
            throw DeskFault.forbidden("Only administrators see events.")
        }
        return caller
    }
}

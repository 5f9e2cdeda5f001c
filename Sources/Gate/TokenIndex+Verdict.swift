import Ledger
import Tokens

/// From what was presented to what it is worth where no proxy tells the client's own request.
///
/// Neither its address nor its path is known then. So a token that is bound to addresses is not good,
/// and one that is narrowed to paths is only as good as who asks can see to.
extension TokenIndex {
    /// Whether who presented `credential` may do `access` at `service`, wherever there.
    func verdict(
        on credential: Credential, at service: Service, access: Access, now: Timestamp
    ) -> Verdict {
        let found = credential.digest.flatMap(find)
        return .judge(
            credential, token: found?.token, owner: found?.owner, demand: found?.demand, service: service,
            request: ServiceRequest(access, from: nil), at: now)
    }

    /// Who presented `credential`, where it is good at all and its owner may use `service`.
    func holder(of credential: Credential, at service: Service, now: Timestamp) -> Verdict.Holder? {
        let found = credential.digest.flatMap(find)
        let holder = Verdict.holder(
            of: credential, token: found?.token, owner: found?.owner, demand: found?.demand, from: nil,
            at: now)
        guard let holder = try? holder.get(), service.admits(holder.owner) else { return nil }
        return holder
    }
}

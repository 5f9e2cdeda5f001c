import Ledger
import Tokens

/// The one way from what was presented to a verdict, whichever protocol it came by.
extension TokenIndex {
    /// Whether who presented `credential` may do `access` at `service`.
    func verdict(
        on credential: Credential, at service: Service, access: Access, now: Timestamp
    ) -> Verdict {
        let found = credential.digest.flatMap(find)
        return .judge(
            credential, token: found?.token, owner: found?.owner, service: service.name, access: access,
            at: now)
    }

    /// Who presented `credential`, where it is good at all.
    func holder(of credential: Credential, now: Timestamp) -> Verdict.Holder? {
        let found = credential.digest.flatMap(find)
        let holder = Verdict.holder(of: credential, token: found?.token, owner: found?.owner, at: now)
        return try? holder.get()
    }
}

import Ledger
import Tokens

/// From what was presented to what it is worth where no proxy tells the client's own request.
///
/// Neither its address nor its path is known then. So a token that is bound to addresses is not good,
/// and one that is narrowed to paths is only as good as who asks can see to.
extension TokenIndex {
    /// What is known of the token that `credential` presents, if it does, and that was found as `entry`.
    func known(by credential: Credential, found entry: Entry?) -> KnownToken {
        entry.flatMap(holder).map { .kept($0) } ?? known(by: credential)
    }

    /// Whether who presented `credential` may do `access` at `service`, wherever there.
    func verdict(
        on credential: Credential, at service: Service, access: Access, now: Timestamp
    ) -> Verdict {
        .judge(
            credential, token: known(by: credential), service: service,
            request: ServiceRequest(access, from: nil), at: now)
    }

    /// Who presented `credential`, where it is good at all and its owner may use `service`, or why not.
    func holder(
        of credential: Credential, at service: Service, now: Timestamp
    ) -> Result<Verdict.Holder, Denial> {
        Verdict.holder(of: credential, token: known(by: credential), from: nil, at: now).flatMap { holder in
            service.admits(holder.owner) ? .success(holder) : .failure(.notEntitled)
        }
    }
}

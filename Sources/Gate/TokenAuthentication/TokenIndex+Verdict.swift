import TokenIndex
import Tokens

/// Verdicts for protocols that do not pass on the client's request, such as introspection and saslauthd.
///
/// Neither the client's address nor a path is known there. A token bound to addresses is denied; a service that
/// introspects a token bound to paths must enforce them itself.
extension TokenIndex {
    /// The token that `credential` presents, of which `entry` was found already.
    func known(by credential: Credential, found entry: Entry?) -> KnownToken {
        entry.flatMap(holder).map { .kept($0) } ?? known(by: credential)
    }

    /// The verdict on `access` to the whole of `service`.
    func verdict(
        on credential: Credential, at service: Service, access: Access, now: Timestamp
    ) -> Verdict {
        .judge(
            credential, token: known(by: credential), service: service,
            request: ServiceRequest(access, from: nil), at: now)
    }

    /// The token and its owner, if the credential is valid, the owner may use `service`, and the token breaks no rule
    /// there.
    func holder(
        of credential: Credential, at service: Service, now: Timestamp
    ) -> Result<Verdict.Holder, Denial> {
        Verdict.holder(of: credential, token: known(by: credential), from: nil, at: now).flatMap { holder in
            guard service.admits(holder.owner) else { return .failure(.notEntitled) }
            return holder.brokenRule(at: service, now: now) == nil ? .success(holder) : .failure(.policy)
        }
    }
}

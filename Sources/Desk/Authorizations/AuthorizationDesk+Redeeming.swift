public import Ledger
public import Tokens

/// Codes are redeemed for tokens, once.
extension AuthorizationDesk {
    /// Why a code is not redeemed.
    public enum Refusal: Error, Hashable, Sendable {
        /// It is unknown, or no longer kept.
        case unknown
        /// It was redeemed before, or a wrong proof came with it. What it gave is revoked.
        case used
        /// It has timed out.
        case expired
        /// It was given to another program.
        case otherClient
        /// The proof does not match, or the address that it was sent to differs.
        case wrongProof(String)
        /// The person may not have the token now; the sentence says why.
        case refused(String)
        /// It waits for a person, was denied, or the program polls too fast.
        case poll(Authorization.Poll)
        case ledger(LedgerError)
    }

    /// What a program presents with an authorization code.
    public struct Proof: Sendable {
        let redirectURI: String
        let verifier: String

        /// - Parameters:
        ///   - redirectURI: as in the request for the code.
        ///   - verifier: `code_verifier` (RFC 7636).
        public init(redirectURI: String, verifier: String) {
            self.redirectURI = redirectURI
            self.verifier = verifier
        }
    }

    /// Redeems an authorization code of `client` (RFC 6749, section 4.1.3).
    ///
    /// A code that comes with a wrong proof is spoilt, and one that comes again has its token revoked (RFC 9700, section
    /// 2.1.1): either was in two hands.
    public func redeem(code: String, of client: String, _ proof: Proof) async throws(Refusal)
        -> TokenDesk.Issued
    {
        let found = try await found(code, of: client, .code)
        switch found.stage {
        case .approved: break
        case .used, .spoilt:
            try await revokeWhatCameOf(found)
            throw .used
        case .pending, .denied: throw .unknown
        }
        guard found.isCurrent(at: clock.now) else { throw .expired }
        // PKCE ties the code to its program. A program may leave this out (OAuth 2.1, section 10.2).
        guard proof.redirectURI.isEmpty || found.redirectURI.isExactly(proof.redirectURI) else {
            try await spoil(found)
            throw .wrongProof("redirect_uri differs from the one that the code was asked for with")
        }
        guard CodeProof.matches(verifier: proof.verifier, challenge: found.challenge) else {
            try await spoil(found)
            throw .wrongProof("code_verifier does not match the code_challenge")
        }
        do throws(Refusal) {
            return try await issue(for: found)
        } catch .used {
            // Somebody else redeemed it since it was read.
            try await revokeWhatCameOf(try await self.found(code, of: client, .code))
            throw .used
        }
    }

    /// Answers a poll with the code of a device, or with that of a sign-in of npm (RFC 8628, section 3.4). `address` is
    /// where the poll comes from; with `onlyFromAsker`, it has to be where the program asked from.
    public func poll(
        code: String, of client: String?, _ kind: Authorization.Kind, from address: String,
        onlyFromAsker: Bool = false
    ) async throws(Refusal) -> TokenDesk.Issued {
        let found = try await found(code, of: client, kind)
        if onlyFromAsker, !found.address.isExactly(address) { throw .unknown }
        let now = clock.now
        let polled = Polled(found)
        do throws(LedgerError) {
            try await ledger.change(found.id) { authorization throws(LedgerError) in
                polled.answer = authorization.poll(at: now)
                polled.authorization = authorization
                return []
            }
        } catch {
            throw .ledger(error)
        }
        switch polled.answer {
        case .ready: return try await issue(for: polled.authorization)
        case .used: throw .used
        case let answer: throw .poll(answer)
        }
    }

    private func found(
        _ code: String, of client: String?, _ kind: Authorization.Kind
    ) async throws(Refusal) -> Authorization {
        let found: Authorization?
        do throws(LedgerError) {
            found = try await ledger.authorization(code: Self.digest(of: code))
        } catch {
            throw .ledger(error)
        }
        guard let found, found.kind == kind else { throw .unknown }
        if let client, !found.client.isExactly(client) { throw .otherClient }
        return found
    }

    // MARK: Issuing

    private func issue(for authorization: Authorization) async throws(Refusal) -> TokenDesk.Issued {
        guard let subject = authorization.subject, let decision = authorization.decision else {
            throw .unknown
        }
        let person: Subject?
        do throws(LedgerError) { person = try await ledger.subject(subject) } catch { throw .ledger(error) }
        guard let person, person.endedAt == nil else {
            throw .refused("the account of the person who approved is gone")
        }
        do throws(DeskFault) {
            return try await tokens.issue(decision, to: person, for: authorization)
        } catch .ledger(.changedMeanwhile) {
            throw .used
        } catch .ledger(let error) {
            throw .ledger(error)
        } catch {
            throw .refused(error.description)
        }
    }

    // MARK: Codes in two hands

    private func spoil(_ authorization: Authorization) async throws(Refusal) {
        let now = clock.now
        do throws(LedgerError) {
            try await ledger.change(authorization.id) { found throws(LedgerError) in
                guard found.stage == .approved else { return [] }
                (found.stage, found.settledAt) = (.spoilt, now)
                return []
            }
        } catch {
            throw .ledger(error)
        }
    }

    /// Revokes the token that a code gave when the code comes again.
    private func revokeWhatCameOf(_ authorization: Authorization) async throws(Refusal) {
        guard let id = authorization.token else { return }
        let now = clock.now
        do throws(LedgerError) {
            guard let token = try await ledger.token(id), token.isWorking(at: now) else { return }
            let event = Event(
                .tokenRevoked, at: now, actor: nil, subject: token.owner, token: token.id,
                address: authorization.address,
                detail:
                    "\(token.name), since the code that \(authorization.clientTitle) got it for came again")
            try await ledger.revoke(id, .init(at: now, by: nil, reason: .reused), event: event)
        } catch {
            throw .ledger(error)
        }
    }
}

/// An authorization as a poll found it, out of the transaction that noted the poll.
private final class Polled: @unchecked Sendable {
    // Set on the ledger's thread before the call returns.
    var answer = Authorization.Poll.pending
    var authorization: Authorization

    init(_ authorization: Authorization) {
        self.authorization = authorization
    }
}

extension TokenDesk {
    /// Creates or rotates the token that a person let a program have, and marks the authorization as used, in one
    /// transaction.
    fileprivate func issue(
        _ decision: Authorization.Decision, to person: Subject, for authorization: Authorization
    ) async throws(DeskFault) -> Issued {
        let requester = Requester.client(
            authorization.tokenClient, of: person, address: authorization.decidedFrom)
        if let id = decision.rotates {
            return try await rotate(id, of: person, overlap: nil, by: requester, redeeming: authorization.id)
        }
        let now = clock.now
        let checked = try await checkedForClient(decision, for: person, by: requester, at: now)
        let token = checked.token(of: person, requester, at: now)
        let secret = format.makeSecret()
        let event = event(
            .tokenCreated, token, requester, at: now,
            detail: token.granted + requester.programWords)
        do throws(LedgerError) {
            try await ledger.add(
                token, digest: secret.digest, within: checked.limits, redeeming: authorization.id,
                event: event)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }
}

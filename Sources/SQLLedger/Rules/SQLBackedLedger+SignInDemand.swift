public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func signInPolicy() async throws(LedgerError) -> SignInPolicy? {
        try await read { try $0.signInPolicy() }
    }

    @discardableResult
    public func setSignInPolicy(every span: TimeSpan?, event: Event) async throws(LedgerError)
        -> SignInPolicy?
    {
        try await writer.write { transaction in
            let former = try transaction.database.signInPolicy()
            let policy = SignInPolicy.settled(every: span, after: former, at: event.at)
            guard policy != former else { return policy }
            try transaction.statement("DELETE FROM sign_in_demand").run()
            if let policy {
                try transaction.statement("INSERT INTO sign_in_demand (id, every, since) VALUES (1, ?, ?)")
                    .run(policy.every.milliseconds, policy.since)
            }
            try transaction.insert(event)
            transaction.tell(.signInPolicy(policy))
            return policy
        }
    }
}

extension SQLDatabase {
    func signInPolicy() throws -> SignInPolicy? {
        try statement("SELECT every, since FROM sign_in_demand").first {
            SignInPolicy(every: TimeSpan(milliseconds: $0.integer(0)), since: $0.timestamp(1))
        }
    }
}

public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func signInDemand() async throws(LedgerError) -> SignInDemand? {
        try await read { try $0.signInDemand() }
    }

    @discardableResult
    public func demandSignIn(every span: TimeSpan?, event: Event) async throws(LedgerError) -> SignInDemand? {
        try await writer.write { transaction in
            let former = try transaction.database.signInDemand()
            let demand = SignInDemand.settled(every: span, after: former, at: event.at)
            guard demand != former else { return demand }
            try transaction.statement("DELETE FROM sign_in_demand").run()
            if let demand {
                try transaction.statement("INSERT INTO sign_in_demand (id, every, since) VALUES (1, ?, ?)")
                    .run(demand.every.milliseconds, demand.since)
            }
            try transaction.insert(event)
            transaction.tell(.signInDemand(demand))
            return demand
        }
    }
}

extension SQLDatabase {
    func signInDemand() throws -> SignInDemand? {
        try statement("SELECT every, since FROM sign_in_demand").first {
            SignInDemand(every: TimeSpan(milliseconds: $0.integer(0)), since: $0.timestamp(1))
        }
    }
}

import Ledger
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import SQLLedger

extension LedgerConformance {
    @Suite("Lists of few and of many tokens") struct FewAndMany {
        @Test(
            "a list is the same whether few tokens are looked up first or many are read in order",
            arguments: Engine.all)
        func same(engine: Engine) async throws {
            try await engine.open { house in
                let now = Timestamp.noon + .days(200)
                _ = try await house.tokensWithFindings(at: now)
                let alice = try await house.person("mina")
                for number in 0..<4 {
                    let token = try await house.token("mine \(number)", of: alice)
                    try await house.use(
                        token, at: now - .days(Int64(number)), "203.0.113.\(number)", at: "maven",
                        with: "Maven 3.9.9")
                }
                let queries = queries(at: now)
                let few = try await lists(queries, of: house)
                let most = TokenConditions.most.exchange(0, ordering: .relaxed)
                defer { TokenConditions.most.store(most, ordering: .relaxed) }
                let many = try await lists(queries, of: house)
                for (number, query) in queries.enumerated() {
                    #expect(few[number] == many[number], "\(query)")
                }
                #expect(few.contains { !$0.isEmpty })
            }
        }

        private func queries(at now: Timestamp) -> [TokenQuery] {
            var narrowed: [TokenQuery] = []
            for finding in TokenFinding.allCases {
                var query = TokenQuery(states: Token.State.working, now: now)
                query.finding = finding
                query.findingLimits = FindingLimits(services: 3)
                narrowed.append(query)
            }
            for search in ["mine", "mina", "203.0.113.2", "203.0.113.0/24", "nobody"] {
                narrowed.append(TokenQuery(now: now, search: search))
            }
            for used in [
                UsePlaceQuery(service: "maven"), UsePlaceQuery(client: "maven"),
                UsePlaceQuery(at: MomentRange(from: now - .days(1))), UsePlaceQuery(client: "nothing"),
            ] {
                var query = TokenQuery(now: now, search: "mine")
                query.used = used
                narrowed.append(query)
            }
            return narrowed.flatMap { query in
                TokenOrder.allCases.map { order in
                    var query = query
                    query.order = order
                    query.limit = 3
                    return query
                }
            }
        }

        /// The names of all pages of each list, and their number.
        private func lists(_ queries: [TokenQuery], of house: House) async throws -> [[String]] {
            var lists: [[String]] = []
            for query in queries {
                var (query, names) = (query, [String]())
                let count = try await house.ledger.count(query)
                repeat {
                    let page = try await house.ledger.tokens(query)
                    names += page.map(\.token.name.text)
                    query.after = page.count == query.limit ? page.last?.cursor(in: query.order) : nil
                } while query.after != nil
                #expect(names.count == count, "\(query)")
                query.after = nil
                #expect(try await house.ledger.count(query, upTo: 2) == min(count, 3))
                lists.append(names)
            }
            return lists
        }
    }
}

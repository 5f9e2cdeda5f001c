import Desk
import Ledger
import Tokens

/// Where the secrets of a token were found, and everything that used them since.
struct LeakSection: Sendable, Hashable {
    /// The latest first; never empty.
    let leaks: [Leak]
    let token: Token
    /// Uses since the first of them was reported, each service, address and client once; the latest first.
    let uses: [PlaceUses]
    /// Refused tries since then, likewise.
    let refusals: [PlaceUses]

    private var since: Timestamp { leaks.map(\.foundAt).min() ?? token.createdAt }

    func html(_ wording: Wording) -> HTML {
        section(.class("card"), .id("leaks"), .labelledBy("leaks-title")) {
            h2(.id("leaks-title")) { "Where it was found" }
            p {
                "Somebody found the secret where others can read it. Treat everything that used it since "
                moment(since, .minute)
                " as suspicious."
            }
            found
            if uses.isEmpty {
                p(.class("hint")) { "Nothing has used it since." }
            } else {
                places(uses, "What used it since", wording)
            }
            if !refusals.isEmpty { places(refusals, "Who was refused since", wording) }
        }
    }

    private var found: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Places" }
            thead {
                tr(.role("row")) {
                    for name in ["Place", "Reported by", "Since", "Secret", "Done"] { columnHeader(name) }
                }
            }
            tbody {
                for leak in leaks {
                    tr(.role("row")) {
                        cell("Place") {
                            if leak.url.isEmpty { "not known" } else { code { leak.url } }
                            if !leak.source.isEmpty { span(.class("where")) { leak.source } }
                        }
                        cell("Reported by") { leak.reporter }
                        cell("Since") {
                            moment(leak.foundAt, .minute)
                            if leak.lastAt > leak.foundAt {
                                span(.class("where")) {
                                    "again "
                                    moment(leak.lastAt)
                                }
                            }
                        }
                        cell("Secret") {
                            leak.secret == token.secret ? "the current one" : "an earlier one"
                            if !leak.wasWorking { span(.class("where")) { "had ended" } }
                        }
                        cell("Done") { done(leak) }
                    }
                }
            }
        }
    }

    private func done(_ leak: Leak) -> String {
        switch (leak.act, leak.secret == token.secret) {
        case (.revoke?, true): "revoked"
        case (.pause?, true): "paused"
        case (.revoke?, false), (.pause?, false): "ended"
        case (.notify?, _): "reported only"
        case (nil, _): "nothing"
        }
    }

    private func places(_ places: [PlaceUses], _ title: String, _ wording: Wording) -> HTML {
        table(.class("cards"), .role("table")) {
            caption { title }
            thead {
                tr(.role("row")) {
                    for name in ["Service", "From", "Client", "Count", "Last"] { columnHeader(name) }
                }
            }
            tbody {
                for one in places {
                    tr(.role("row")) {
                        cell("Service") { strong { wording.titles[one.service] } }
                        cell("From") { one.address.isEmpty ? "various addresses" : one.address }
                        cell("Client") { one.client.isEmpty ? "various clients" : one.client }
                        cell("Count") { one.count == 1 ? "once" : "\(one.count) times" }
                        cell("Last") { moment(one.lastAt) }
                    }
                }
            }
        }
    }
}

extension DeskPages {
    /// What is shown of a token's leaks; `nil` where it has none.
    func leaks(of token: Token) async throws -> LeakSection? {
        let leaks = try await parts.leaks.leaks(of: token.id)
        guard let since = leaks.map(\.foundAt).min() else { return nil }
        let uses = try await parts.tokens.uses(of: token.id, since: since)
        let refusals = try await parts.tokens.refusals(of: token.id, since: since)
        return LeakSection(
            leaks: leaks, token: token, uses: summedByPlace(uses),
            refusals: summedByPlace(refusals.map(\.use)))
    }
}

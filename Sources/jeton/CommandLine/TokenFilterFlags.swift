import Desk
import Ledger

extension Command {
    /// The flags that narrow a list of tokens as the inventory does, each with the field of the filter that it fills.
    static let tokenFilters: [(flag: Flag, field: TokenFilter.Field)] = [
        (
            Flag(
                name: "--search", value: "TEXT",
                summary: "an identifier, an address, or a part of a name, a login or an e-mail address"),
            .search
        ),
        (
            Flag(
                name: "--kind", value: "KIND",
                summary:
                    "only those of a person, of a service account (account), or of an agent on behalf of a person (agent)",
                words: TokenQuery.OwnerKind.allCases.map(\.rawValue)),
            .kind
        ),
        (Flag(name: "--service", value: "SERVICE", summary: "only those used at this service"), .service),
        (
            Flag(name: "--allows", value: "SERVICE", summary: "only those that may be used at this service"),
            .allows
        ),
        (
            Flag(name: "--address", value: "ADDRESS", summary: "only those used from this address or range"),
            .address
        ),
        (
            Flag(
                name: "--client", value: "TEXT",
                summary: "only those used with a client whose name contains this"),
            .client
        ),
        (
            Flag(name: "--used-from", value: "DAY", summary: "only those used on or after this day (UTC)"),
            .usedFrom
        ),
        (
            Flag(name: "--used-until", value: "DAY", summary: "only those used on or before this day (UTC)"),
            .usedUntil
        ),
        (
            Flag(
                name: "--created-from", value: "DAY",
                summary: "only those created on or after this day, or moment"),
            .createdFrom
        ),
        (
            Flag(
                name: "--created-until", value: "DAY",
                summary: "only those created on or before this day, or moment"),
            .createdUntil
        ),
        (
            Flag(
                name: "--finding", value: "FINDING",
                summary: "only those of which this is true, such as never-used",
                words: TokenFinding.allCases.map(\.rawValue)),
            .finding
        ),
    ]
}

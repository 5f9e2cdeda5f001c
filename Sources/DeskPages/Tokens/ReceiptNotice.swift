import Desk
import Ledger
import Tokens

/// On which nodes a revocation or a pause is in force.
struct ReceiptNotice: Sendable, Hashable {
    let receipt: Receipt
    /// Whether the reader may know the nodes' names.
    let namesNodes: Bool
    /// The page that shows it again.
    let page: DeskPath

    var html: HTML {
        div(.class(receipt.isInForce ? "notice good" : "notice bad"), .role("status")) {
            if receipt.isInForce {
                p { "\(receipt.words.prefix(1).uppercased())\(receipt.words.dropFirst())." }
            } else {
                p {
                    "In force on \(receipt.confirmed.count) of \(receipt.nodes.count) nodes. "
                    "Not confirmed yet\(names(of: receipt.waiting))."
                }
                p(.class("actions")) { a(.class("button small"), .href(page)) { "Refresh" } }
            }
            if !receipt.stale.isEmpty {
                p {
                    "Out of reach\(names(of: receipt.stale)): a node that does not hear from the database grants nothing."
                }
            }
        }
    }

    private func names(of nodes: [NodeConfirmation]) -> String {
        guard namesNodes else { return nodes.count == 1 ? ": one node" : ": \(nodes.count) nodes" }
        return ": " + nodes.map(\.node).joined(separator: ", ")
    }
}

extension DeskPages {
    /// The receipt of the change that the address of `page` names, where there are several nodes.
    func receipt(
        of number: String?, at page: DeskPath, for visit: PersonVisit
    ) async throws(DeskFault) -> ReceiptNotice? {
        guard let change = number.flatMap({ Int64($0) }), (0...parts.tokens.latestChange).contains(change)
        else { return nil }
        let receipt = try await parts.tokens.receipt(of: change)
        guard receipt.nodes.count > 1 else { return nil }
        return ReceiptNotice(
            receipt: receipt, namesNodes: visit.subject.isAdministrator,
            page: page.with([("change", String(change))]))
    }
}

import Desk
import HTTPServer
import SignIn
import Tokens

/// Asking for approval in the form for a new token.
extension NewTokenForm {
    static let askField = "ask"

    /// What the form says about approval, and the reason, where the token needs it; else how it is created.
    @HTMLBuilder
    var ending: HTML {
        if needs.isEmpty {
            p(.class("actions")) {
                button(.type("submit"), .class("primary")) { "Create token" }
                span(.class("hint")) { "It is shown once, with commands ready to paste." }
            }
        } else {
            div(
                .class("notice overlap"), .id("approval"), .role("status"), .focusable,
                isAsked ? .data("focus") : nil
            ) {
                p { strong { "This token needs approval by \(needs.words)." } }
                p {
                    isAsked ? "Nothing has been created. " : ""
                    "Say what it is for, and ask. Once it is approved, you can create it for 7 days."
                }
            }
            field(
                "reason", label: "Why do you need it?", hint: "Those who decide read this.", faults: faults,
                .type("text"), .value(draft.reason), .maxLength(Token.descriptionLimit), .autocomplete("off"))
            p(.class("actions")) {
                button(.type("submit"), .class("primary"), .name(Self.askField), .value("yes")) {
                    "Ask for approval"
                }
            }
        }
    }

    /// The rest of a hint, for a choice that makes a token need approval.
    func approvalHint(_ approvers: [Approvers]) -> String {
        approvers.isEmpty ? "" : " Needs approval by \(approvers.words)."
    }

    /// What a line of a service adds where its tokens need approval, beyond what every token needs.
    @HTMLBuilder
    func approvalHint(for service: Service) -> HTML {
        if let groups = offer.approval.services[service.name] {
            span(.class("hint")) {
                " needs approval by \(Approvers(groups: groups, service: service.name).words)"
            }
        }
    }
}

extension TokenDraft {
    /// What the token could reach, as far as it was chosen.
    var reach: Scopes? {
        if let alone { return .only([.desk(alone)]) }
        guard isLimited else { return .everyService }
        let chosen = access.compactMap { name, access -> Scope? in
            guard let service = try? ServiceName(name), let access = Access(rawValue: access) else {
                return nil
            }
            return .service(service, access)
        }
        let scopes = chosen + beside.map(Scope.desk)
        return scopes.isEmpty ? nil : Scopes(scopes)
    }

    /// Those who must approve the token. Before anything was chosen, those who approve every token.
    func approvers(under rules: ApprovalRules, isChosen: Bool) -> [Approvers] {
        guard isChosen, let reach else {
            return ApprovalRules(all: rules.all).approvers(of: .everyService)
        }
        return rules.approvers(of: reach)
    }
}

extension DeskPages {
    /// Creates the token; `nil` where others must approve it first.
    func created(
        _ wanted: TokenDesk.NewToken, for owner: Subject, by visit: PersonVisit
    ) async throws(DeskFault) -> TokenDesk.Issued? {
        do throws(DeskFault) {
            return try await parts.tokens.create(wanted, for: owner, by: visit.requester)
        } catch {
            guard case .needsApproval = error else { throw error }
            return nil
        }
    }

    /// Asks for the token, and redirects to the page of the request.
    func ask(
        _ visit: PersonVisit, for wanted: TokenDesk.NewToken, of owner: Subject, _ draft: TokenDraft
    ) async throws -> Response {
        let request = try await parts.tokens.requests.ask(
            for: wanted, because: draft.reason, for: owner, by: visit.requester)
        return visit.onTo(.request(request.id), saying: .asked(request.requestedToken.name))
    }
}

import Desk
import Ledger

/// What somebody gets by mail, on their account page.
struct NoticeChoiceCard: Sendable, Hashable {
    let lines: [NoticeChoiceLine]
    /// Whether the desk sends mail.
    let mails: Bool
    /// Where mails go; `nil` where no address is known.
    let email: String?

    static func field(of kind: NoticeKind) -> String { "notice-\(kind.rawValue)" }

    func content(_ proof: FormProof) -> HTML {
        section(.class("card"), .id("notices"), .labelledBy("notices-title")) {
            h2(.id("notices-title")) { "What you are told by mail" }
            p(.class("hint")) { hint }
            postForm(to: .chooseNotices, proof: proof) {
                for family in NoticeKind.Family.allCases {
                    let found = lines.filter { $0.kind.family == family }
                    if !found.isEmpty {
                        fieldset(.class("field")) {
                            legend { family.rawValue }
                            for line in found { choice(line) }
                        }
                    }
                }
                button(.type("submit"), .class("primary")) { "Save" }
            }
        }
    }

    private var hint: String {
        guard mails else { return "This desk sends no mail: everything is shown under Notices." }
        guard let email else {
            return "No e-mail address of yours is known: everything is shown under Notices."
        }
        return "Mails go to \(email). Everything is shown under Notices as well, whatever you choose."
    }

    private func choice(_ line: NoticeChoiceLine) -> HTML {
        let id = Self.field(of: line.kind)
        return div(.class("line")) {
            label(.for(id)) { line.kind.title }
            if line.isFixed {
                select(.id(id), .disabled) { option(.value(""), .selected) { "Always at once" } }
            } else {
                select(.id(id), .name(id)) {
                    for choice in NoticeChoice.allCases.reversed() {
                        option(.value(choice.rawValue), line.choice == choice ? .selected : nil) {
                            choice.title
                        }
                    }
                }
            }
        }
    }
}

extension NoticeChoice {
    fileprivate var title: String {
        switch self {
        case .off: "No mail"
        case .immediate: "At once"
        case .daily: "Once a day"
        }
    }
}

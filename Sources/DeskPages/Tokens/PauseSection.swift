import Ledger
import Tokens

/// How long a token is paused from a page.
enum PauseChoice: String, CaseIterable {
    case quarter = "15m"
    case hour = "1h"
    case day = "1d"

    var span: TimeSpan {
        switch self {
        case .quarter: .minutes(15)
        case .hour: .hours(1)
        case .day: .days(1)
        }
    }

    var words: String {
        switch self {
        case .quarter: "15 minutes"
        case .hour: "1 hour"
        case .day: "1 day"
        }
    }
}

/// A button for each span.
func pauseForm(of token: Token, at path: DeskPath, proof: FormProof) -> HTML {
    postForm(to: path, proof: proof) {
        p(.class("actions")) {
            for choice in PauseChoice.allCases {
                button(
                    .type("submit"), .name("for"), .value(choice.rawValue),
                    .label("Pause \(token.name) for \(choice.words)")
                ) { "For \(choice.words)" }
            }
        }
    }
}

/// The pauses of a token that are in force, with what can be done now.
struct PausedNotice: Sendable, Hashable {
    let token: Token
    /// The logins of those who paused it.
    var logins: [SubjectID: String] = [:]
    /// The login of the reader.
    var reader: SubjectID?
    /// The token that this one was exchanged for, with which it was paused.
    var parent: Token?
    let mayResume: Bool
    let paths: TokenPaths
    let proof: FormProof

    func html(at now: Timestamp) -> HTML {
        div(.class("notice overlap")) {
            for pause in token.pauses.inForce(at: now) { p { words(of: pause) } }
            p { "Until then it is refused everywhere with 403, so that Git and other tools keep it." }
            if !mayResume { p { refusal(at: now) } }
            if mayResume {
                postForm(to: paths.resume, proof: proof) {
                    p(.class("actions")) { button(.type("submit"), .class("primary")) { "Resume" } }
                }
            }
        }
    }

    @HTMLBuilder
    private func words(of pause: Pause) -> HTML {
        strong {
            "Paused\(source(of: pause)) until "
            if let end = pause.until { moment(end, .minute) } else { "somebody resumes it" }
        }
        ", since "
        moment(pause.at, .minute)
        "."
        if pause.until != nil { " It works again by itself then." }
    }

    private func source(of pause: Pause) -> String {
        let login = pause.by.flatMap { $0 == reader ? "you" : logins[$0] }
        let by =
            switch pause.source {
            case .owner: " by \(login ?? "its owner")"
            case .administrator:
                login.map { $0 == "you" ? " by you" : " by \($0), an administrator," }
                    ?? " on the server’s command line"
            case .incident: " because of an incident"
            case .policy: ", since nobody used it,"
            case .leak: " because it may have leaked"
            case .signal: " by the identity provider"
            }
        return pause.isInherited ? "\(by), with the token that it was exchanged for," : by
    }

    @HTMLBuilder
    private func refusal(at now: Timestamp) -> HTML {
        if let parent, token.pauses.inForce(at: now).contains(where: \.isInherited) {
            "To resume it, resume "
            a(.href(paths.of(parent.id).page)) { parent.name.text }
            "."
        } else {
            "Only an administrator can resume it earlier."
        }
    }
}

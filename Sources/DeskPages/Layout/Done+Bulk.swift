import Desk
import Ledger
import Tokens

// What was done to many tokens.
extension Done {
    static func changed(_ result: BulkResult, _ act: BulkDesk.Act, _ receipt: Receipt?) -> Done {
        let what: String
        switch act {
        case .pause(let span):
            let end = span.map { "for \($0.longWords)" } ?? "until somebody resumes them"
            what = "\(result.changed.tokenWords) paused \(end)."
        case .revoke: what = "\(result.changed.tokenWords) revoked."
        case .notify: what = "The owners of \(result.changed.tokenWords) get a notice."
        }
        return Done(joining: [what, result.leftWords, receipt?.sentence])
    }

    static func opened(_ incident: Incident, _ result: BulkResult) -> Done {
        Done(joining: [
            "Incident \(incident.number) opened: \(result.changed.tokenWords) paused.", result.leftWords,
        ])
    }

    static func released(_ result: BulkResult) -> Done {
        Done(joining: ["\(result.changed.tokenWords) released.", result.leftWords])
    }

    static func revoked(_ result: BulkResult) -> Done {
        Done(joining: ["\(result.changed.tokenWords) revoked.", result.leftWords])
    }

    static func closed(_ incident: Incident) -> Done { Done("Incident \(incident.number) closed.") }

    private init(joining sentences: [String?]) {
        self.init(sentences.compactMap(\.self).joined(separator: " "))
    }
}

extension BulkResult {
    /// Which tokens were left as they were; `nil` where none was.
    fileprivate var leftWords: String? {
        guard left > 0 else { return nil }
        let most = 5
        var names = someLeft.prefix(most).map { "“\($0.token.name)” of \($0.owner.login)" }
        if left > names.count { names.append("\((left - names.count).grouped) more") }
        let list =
            names.count == 1
            ? names[0] : names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
        return
            "\(left == 1 ? "1 was" : "\(left.grouped) were") left as \(left == 1 ? "it was" : "they were"), "
            + "since \(left == 1 ? "it" : "they") changed meanwhile: \(list)."
    }
}

extension Receipt {
    fileprivate var sentence: String { "\(words.prefix(1).uppercased())\(words.dropFirst())." }
}

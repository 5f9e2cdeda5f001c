import JSON
import Tokens

/// Rotates a token by presenting it, and replaces its secret where it is used.
///
/// At every step one secret works and is where it was, or where the failure says: the token is rotated with an overlap;
/// the new secret is kept beside the file, and tried at the desk; the command gets it; it takes the place of the former
/// one; and only then the previous one ends. What was interrupted after the first step is finished by the next run.
struct SelfRotation: Sendable {
    let desk: DeskClient
    /// How long the previous secret works; `nil` to end it once the new one was seen to work.
    let overlap: RotationOverlap?
    /// The file that gets the new secret.
    let file: String?
    /// The command that gets the new secret on its standard input.
    let command: String?
    /// How often the new secret is tried, half a second apart: another node may not know it yet.
    var attempts = 10

    private var safeOverlap: RotationOverlap { overlap ?? .seconds(3600) }
    private var endsPrevious: Bool { overlap == nil || overlap == .seconds(0) }
    private var previousWorks: String { "the previous secret works \(safeOverlap.words)" }

    /// Returns what was done.
    func run(with present: String) async throws(CommandFailure) -> CommandAnswer {
        let draft = try openDraft()
        if let draft, let left = try await interrupted(draft) {
            return answer(try await finish(left, draft), in: draft, wasInterrupted: true)
        }
        let secret: String
        do throws(CommandFailure) {
            secret = try await rotate(present)
        } catch {
            draft?.discard()
            throw error
        }
        if let draft {
            do throws(Files.Fault) {
                try draft.write(Array("\(secret)\n".utf8))
            } catch {
                throw .failed(
                    "the token was rotated, but its new secret could not be written to \(draft.draftPath) "
                        + "(\(error.reason)) and is lost: \(previousWorks); rotate the token on My Tokens before then"
                )
            }
        }
        return answer(try await finish(secret, draft), in: draft, wasInterrupted: false)
    }

    private func answer(
        _ sentence: String, in draft: SecretDraft?, wasInterrupted: Bool
    ) -> CommandAnswer {
        var document: [String: JSONValue] = [
            "file": .optional(draft?.path), "was_interrupted": .bool(wasInterrupted),
            "previous_secret": .string(endsPrevious ? "ended" : "works"),
        ]
        if !endsPrevious, case .object(let overlap) = safeOverlap.body {
            document.merge(overlap) { _, last in last }
        }
        let start = wasInterrupted ? "finished the rotation that was interrupted: " : ""
        return .done(.object(document), start + sentence)
    }

    /// From the moment at which the desk has made the new secret. Returns what was done, as a sentence.
    private func finish(_ secret: String, _ draft: SecretDraft?) async throws(CommandFailure) -> String {
        if let why = await refusal(of: secret) {
            throw unfinished("the new secret was not seen to work (\(why))", draft)
        }
        if let command { try execute(command, secret, draft) }
        do throws(Files.Fault) {
            try draft?.commit()
        } catch {
            throw unfinished("the new secret could not be put into place (\(error.reason))", draft)
        }
        let place = draft.map { "; the new secret is in \($0.path)" } ?? ""
        guard endsPrevious else { return "rotated\(place); \(previousWorks)\n" }
        try await endPrevious(secret, place)
        return "rotated\(place); the previous one has ended\n"
    }

    // MARK: Steps

    private func openDraft() throws(CommandFailure) -> SecretDraft? {
        guard let file else { return nil }
        do throws(Files.Fault) {
            guard let draft = try SecretDraft.open(for: file) else {
                throw Files.Fault(number: 0)
            }
            return draft
        } catch {
            guard error.number != 0 else {
                throw .failed("another `jeton token rotate` is changing \(file): nothing was changed")
            }
            throw .failed("cannot write beside \(file): \(error.reason); nothing was changed")
        }
    }

    /// The secret that an interrupted run left, if it works. One that does not is of no use, and is overwritten.
    private func interrupted(_ draft: SecretDraft) async throws(CommandFailure) -> String? {
        let text: String?
        do throws(Files.Fault) {
            text = Self.secret(in: try draft.contents())
        } catch {
            throw .failed("cannot read \(draft.draftPath): \(error.reason); nothing was changed")
        }
        guard let text else { return nil }
        do throws(DeskClient.Silence) {
            let status = try await desk.send("GET", "/tokens/self", secret: text).status
            if status == 401 { return nil }
            guard status < 500, status != 429 else {
                throw .init(reason: "status \(status)", mayHaveWorked: false)
            }
            return text
        } catch {
            throw .failed(
                "an earlier run left \(draft.draftPath), and the desk cannot say whether it works (\(error.reason)): "
                    + "nothing was changed, run this again later")
        }
    }

    private func rotate(_ present: String) async throws(CommandFailure) -> String {
        let answer: (status: Int, value: JSONValue?)
        do throws(DeskClient.Silence) {
            answer = try await desk.send(
                "POST", "/tokens/self/rotate", secret: present, body: safeOverlap.body)
        } catch {
            throw error.mayHaveWorked
                ? unknownOutcome(error.reason)
                : .failed("the desk was not reached (\(error.reason)): nothing was changed")
        }
        if answer.status == 201, let secret = answer.value?["secret"]?.string { return secret }
        let detail = answer.value?["detail"]?.string ?? "it answered with status \(answer.status)"
        // Where a proxy answers, the desk may have done it all the same.
        guard answer.status < 500 || answer.value?["type"]?.string == "urn:jeton:problem:ledger-failed",
            answer.status >= 400
        else { throw unknownOutcome(detail) }
        throw .failed("the desk did not rotate the token: \(detail) Nothing was changed.")
    }

    private func unknownOutcome(_ reason: String) -> CommandFailure {
        .failed(
            "it is not known whether the token was rotated (\(reason)): if it was, its new secret is lost, and "
                + "\(previousWorks); look at the token on My Tokens, and rotate it there")
    }

    /// Why the new secret does not work; `nil` if it does.
    private func refusal(of secret: String) async -> String? {
        var why = ""
        for attempt in 0..<attempts {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(500)) }
            do throws(DeskClient.Silence) {
                let answer = try await desk.send("GET", "/tokens/self", secret: secret)
                if answer.status == 200 { return nil }
                why = answer.value?["detail"]?.string ?? "the desk answered with status \(answer.status)"
            } catch {
                why = error.reason
            }
        }
        return why
    }

    private func execute(
        _ command: String, _ secret: String, _ draft: SecretDraft?
    ) throws(CommandFailure) {
        let code: Int32
        do throws(Files.Fault) {
            code = try ChildProcess.run(command, input: Array(secret.utf8))
        } catch {
            throw unfinished("the command could not be run (\(error.reason))", draft)
        }
        guard code == 0 else { throw unfinished("the command failed with exit code \(code)", draft) }
    }

    private func endPrevious(_ secret: String, _ place: String) async throws(CommandFailure) {
        var why = ""
        do throws(DeskClient.Silence) {
            let answer = try await desk.send("DELETE", "/tokens/self/previous-secret", secret: secret)
            if answer.status == 204 { return }
            why = answer.value?["detail"]?.string ?? "the desk answered with status \(answer.status)"
        } catch {
            why = error.reason
        }
        throw .failed(
            "rotated\(place), but the previous one could not be ended (\(why)): it works \(safeOverlap.words)"
        )
    }

    /// The failure after the token was rotated and before its new secret was everywhere.
    private func unfinished(_ what: String, _ draft: SecretDraft?) -> CommandFailure {
        guard let draft else {
            return .failed(
                "\(what): \(previousWorks), and the new one is lost; rotate the token on My Tokens before then"
            )
        }
        return .failed(
            "\(what): \(draft.path) is unchanged, and \(previousWorks); the new one is kept in "
                + "\(draft.draftPath), so run this again")
    }

    /// The secret in what a file or standard input holds: one line without spaces in it; `nil` where there is none.
    static func secret(in bytes: [UInt8]) -> String? {
        guard bytes.count <= SecretDraft.limit, let text = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(words[0])
    }
}

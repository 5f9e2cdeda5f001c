import Tokens

/// The folder that gets the secrets of new tokens: a file `LOGIN/NAME` for each, which its owner alone can read.
///
/// The file's draft (see ``SecretDraft``) is there before its token, and becomes the file when the secret is in it. So a
/// draft that a run finds was left by one that was interrupted, and says what became of the token: with a secret in it
/// the token is there; without one, the secret may be lost.
struct SecretFolder: Sendable {
    let path: String

    /// The file of a token. Both names are one segment of the path, whatever is in them.
    func file(of token: String, account: String) -> String {
        "\(path)/\(Self.segment(account))/\(Self.segment(token))"
    }

    /// Opens the draft of a token's file, and creates the folders for it.
    func draft(of token: String, account: String) throws(CommandFailure) -> SecretDraft {
        let file = file(of: token, account: account)
        do throws(Files.Fault) {
            try Files.createFolder("\(path)/\(Self.segment(account))")
            if let draft = try SecretDraft.open(for: file) { return draft }
        } catch {
            throw .failed("the secret of \(token) cannot be written to \(file): \(error.reason)")
        }
        throw .failed("another process is writing \(file): run this again later")
    }

    /// What an interrupted run left of a token's file.
    enum Remains {
        case nothing
        /// A draft with the secret, which has only to be put into place.
        case secret
        /// An empty draft: the token may have been created, and its secret lost.
        case unknown
    }

    func remains(of token: String, account: String) throws(CommandFailure) -> Remains {
        guard Files.exists(file(of: token, account: account) + ".new") else { return .nothing }
        return try contents(of: draft(of: token, account: account)).isEmpty ? .unknown : .secret
    }

    func contents(of draft: SecretDraft) throws(CommandFailure) -> [UInt8] {
        do throws(Files.Fault) {
            return try draft.contents()
        } catch {
            throw .failed("cannot read \(draft.draftPath): \(error.reason)")
        }
    }

    private static func segment(_ name: String) -> String {
        var segment = name.percentEncoded {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") && $0 >= 0x20 && $0 != 0x7F
        }
        if segment.hasPrefix(".") { segment = "%2E" + segment.dropFirst() }
        // The end of a draft's name.
        if segment.hasSuffix(".new") { segment = segment.dropLast(4) + "%2Enew" }
        return segment
    }
}

import JSON
import Leaks
import Tokens

/// What was found by scanners, and what is in files.
extension Command {
    private static let dryRun = Flag(
        name: "--dry-run",
        summary: "say which tokens these are, and what would be done; record and do nothing")
    private static let revoke = Flag(
        name: "--revoke", summary: "record where they were found, and revoke those that work")
    private static let desk = Flag(
        name: "--desk", value: "URL",
        summary: "a desk somewhere else, by its address; the token is in --token-file or $JETON_TOKEN")
    private static let tokenFile = Flag(
        name: "--token-file", value: "FILE",
        summary: "with --desk: the file with a token that has the scope jeton:leaks")

    /// The exit code where tokens that work were found and left as they are.
    static let foundWorking: Int32 = 3

    static let leaksReport = Command(
        words: ["leaks", "report"], summary: "Report what a scanner found, and revoke it.",
        operands: ["[FILE]…"],
        flags: [dryRun, desk, tokenFile, .data, .config],
        details: """
            Reads FILE, or standard input: SARIF, or the JSON of gitleaks, Kingfisher, TruffleHog or detect-secrets, or
            [{"token": "…", "url": "…", "source": "…"}]. A baseline of detect-secrets has no secrets: they are read from
            the files that it names, below the present folder. What happens to a token that works is up to the operator's
            configuration (leaks.people, leaks.accounts): by default it is revoked.
            Exit codes: 0 success, 1 failure, 2 wrong usage or configuration, 3 tokens that work are left as they are.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let connection = try LeakConnection(arguments, environment, desk: desk, tokenFile: tokenFile)
        let format = connection.knownFormat
        var findings: [LeakFinding] = []
        for file in arguments.operands.isEmpty ? ["-"] : arguments.operands {
            findings += try findingsOfScanner(in: file, format: format)
        }
        let report = try await connection.send(findings, isDry: arguments.has(dryRun), act: nil)
        return report.answer(isDry: arguments.has(dryRun))
    }

    static let leaksScan = Command(
        words: ["leaks", "scan"], summary: "Search files for tokens of this desk.", operands: ["[FILE]…"],
        flags: [revoke, desk, tokenFile, .data, .config],
        details: """
            Searches each FILE, all files below it where it is a folder, or standard input: also within tar, zip, gzip, bzip2,
            xz and zstd, one in the other, as in images of containers, and in Base64, percent-encoding and JSON escapes, as in
            HAR files. Says of each token whose it is, whether it works, and where it was found. A repository's history is not
            searched as Git keeps it: use `git log -p | jeton leaks scan`.
            Exit codes: 0 nothing that works was found, or all of it was revoked, 1 failure, also where something could not be
            read, unpacked or searched to its end, 2 wrong usage or configuration, 3 tokens that work were found.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let connection = try LeakConnection(arguments, environment, desk: desk, tokenFile: tokenFile)
        let progress = ScanProgress()
        let scan = FileScan(format: connection.knownFormat) { progress.report($0) }
        defer { progress.end() }
        var unread = 0
        for path in arguments.operands.isEmpty ? ["-"] : arguments.operands {
            unread += try ScannedFiles.search(path, with: scan)
        }
        progress.end()
        let findings = scan.found.map { found in
            LeakFinding(
                in: [found.secret.reveal()], at: found.place, source: "scan", format: connection.knownFormat)
        }
        let isDry = !arguments.has(revoke)
        var report = try await connection.send(findings, isDry: isDry, act: isDry ? nil : .revoke)
        report.scanned = (scan.files, scan.bytes)
        var answer = report.answer(isDry: isDry)
        answer.notes += scan.warnings
        if answer.code == 0, unread > 0 || !scan.warnings.isEmpty {
            answer.code = 1
            answer.notes.append("not everything could be searched, as said above")
        }
        return answer
    }

    // MARK: Reading

    /// The most bytes of a scanner's report.
    private static let documentLimit = 256 << 20

    private static func findingsOfScanner(
        in file: String, format: TokenFormat
    ) throws(CommandFailure) -> [LeakFinding] {
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes =
                try file == "-" ? Files.read(0, limit: documentLimit) : Files.read(file, limit: documentLimit)
        } catch {
            throw .failed("\(file == "-" ? "standard input" : shown(file)) cannot be read: \(error.reason)")
        }
        guard bytes.count <= documentLimit else {
            throw .failed("\(shown(file)) has more than \(documentLimit >> 20) MiB")
        }
        do throws(FindingFault) {
            let document = try FindingDocument(parsing: bytes, format: format)
            return document.findings
                + document.places.compactMap { ScannedFiles.finding(at: $0, format: format) }
        } catch {
            throw .failed("\(file == "-" ? "standard input" : shown(file)): \(error.description).")
        }
    }
}

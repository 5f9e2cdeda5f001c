import Leaks
import Testing
import Tokens

@Suite("Findings as scanners write them") struct FindingDocumentTests {
    private let secret = TokenFormat.standard.makeSecret()
    private var text: String { secret.reveal() }

    private func read(_ document: String) throws -> FindingDocument {
        try FindingDocument(
            parsing: Array(document.replacing("SECRET", with: text).utf8), format: .standard)
    }

    private func expectOne(_ document: String, at url: String, _ source: String) throws {
        let findings = try read(document).findings
        #expect(findings.count == 1)
        #expect(findings.first?.secrets.map(\.digest) == [secret.digest])
        #expect(findings.first?.url == url)
        #expect(findings.first?.source == source)
    }

    @Test("Jeton's own form, GitHub's and GitLab's")
    func own() throws {
        try expectOne(
            #"[{"token":"SECRET","url":"https://h/1","source":"content"}]"#, at: "https://h/1", "content")
        try expectOne(#"{"secret":"SECRET","url":"","source":null}"#, at: "", "")
        try expectOne(
            #"[{"source":"commit","token":"SECRET","type":"jeton","url":"https://h/2"}]"#, at: "https://h/2",
            "commit")
        try expectOne(#"[{"type":"t","token":"SECRET","location":"https://h/3"}]"#, at: "https://h/3", "")
        #expect(try read("[]").findings.isEmpty)
    }

    @Test("gitleaks")
    func gitleaks() throws {
        try expectOne(
            """
            [{"RuleID":"jeton-token","Description":"A token","StartLine":3,"EndLine":3,"Match":"SECRET","Secret":"SECRET",
              "File":"conf/.env","Commit":"","Entropy":4.5,"Fingerprint":"conf/.env:jeton-token:3"}]
            """, at: "conf/.env:3", "gitleaks")
        try expectOne(
            #"[{"RuleID":"r","Match":"x=SECRET","Secret":"SECRET","File":"a","StartLine":1,"Commit":"c0ffee"}]"#,
            at: "a:1 in commit c0ffee", "gitleaks")
    }

    @Test("Kingfisher, with the summary that follows")
    func kingfisher() throws {
        try expectOne(
            """
            {"findings":[{"rule":{"name":"Jeton","id":"jeton.1"},
              "finding":{"snippet":"SECRET","path":"app/x.yml","line":7,"language":"YAML"}}]}
            {"summary":{"findings":1}}
            """, at: "app/x.yml:7", "Kingfisher")
    }

    @Test("TruffleHog, a line for each finding")
    func truffleHog() throws {
        let line =
            #"{"SourceMetadata":{"Data":{"Git":{"commit":"abc","file":"f.txt","repository":"https://h/r","line":4}}},"DetectorName":"CustomRegex","Verified":false,"Raw":"SECRET","RawV2":"","Redacted":""}"#
        try expectOne(line, at: "https://h/r f.txt:4 in commit abc", "TruffleHog")
        #expect(try read("\(line)\n\(line)\n").findings.count == 2)
    }

    @Test("SARIF")
    func sarif() throws {
        try expectOne(
            """
            {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"gitleaks"}},
             "results":[{"message":{"text":"jeton-token has detected secret for file a/b."},"ruleId":"jeton-token",
               "locations":[{"physicalLocation":{"artifactLocation":{"uri":"a/b"},
                 "region":{"startLine":5,"snippet":{"text":"SECRET"}}}}]}]}]}
            """, at: "a/b:5", "gitleaks")
    }

    @Test("detect-secrets has places in place of secrets")
    func detectSecrets() throws {
        let document = try read(
            """
            {"version":"1.5.0","plugins_used":[],"results":{"a/b":[{"type":"Jeton","filename":"a/b",
              "hashed_secret":"x","is_verified":false,"line_number":2}]}}
            """)
        #expect(document.findings.isEmpty)
        #expect(document.places.map(\.path) == ["a/b"] && document.places.map(\.line) == [2])
    }

    @Test(
        "what is not understood is told with its place",
        arguments: [
            ("", "This is not JSON: line 1, column"), ("hello", "This is not JSON"),
            ("[{", "This is not JSON"),
            ("7", "This is JSON, but no list of findings"), ("{}", "This is JSON, but no list of findings"),
            (#"[{"token":"x"},7]"#, "[1] must be an object, but is"),
            (#"[{"url":"x"}]"#, "[0].token is missing"),
            (#"[{"token":7}]"#, "[0].token must be a string, but is"),
            (#"[{"token":"x","url":[]}]"#, "[0].url must be a string, but is"),
            (#"{"findings":[{"token":null}]}"#, "findings[0].token is missing"),
        ])
    func faults(_ document: String, _ sentence: String) {
        do throws(FindingFault) {
            _ = try FindingDocument(parsing: Array(document.utf8), format: .standard)
            Issue.record("\(document) was read")
        } catch {
            #expect(error.description.hasPrefix(sentence), "\(error.description)")
        }
    }
}

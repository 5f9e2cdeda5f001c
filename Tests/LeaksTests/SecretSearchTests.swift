import Foundation
import Leaks
import Testing
import Tokens

@Suite("Finding secrets in bytes") struct SecretSearchTests {
    private let secret = TokenFormat.standard.makeSecret()
    private var text: String { secret.reveal() }

    private func hits(_ bytes: [UInt8], pieces: Int = .max) -> [SecretSearch.Hit] {
        var search = SecretSearch(format: .standard)
        for start in stride(from: 0, to: bytes.count, by: min(pieces, max(bytes.count, 1))) {
            search.feed(Array(bytes[start..<min(start + min(pieces, bytes.count), bytes.count)]))
        }
        search.finish()
        return search.hits
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test("as it is, in every encoding, and one in the other")
    func encodings() {
        let basic = base64("alice:\(text)")
        let docker = base64(#"{"auths":{"r.example":{"auth":"\#(basic)"}}}"#)
        let cases = [
            "password: \(text)", "\(text)", "x\(text)", "Authorization: Basic \(basic)",
            #"{"name":"Authorization","value":"Basic \#(basic)"}"#, #""auth": "\#(basic)""#,
            ".dockerconfigjson: \(docker)", "url=https%3A%2F%2Falice%3A\(text)%40h",
            text.replacing("_", with: "%5F"), text.replacing("_", with: "%5f"),
            text.replacing("_", with: #"\u005F"#),
            text.replacing("jtn", with: #"\u006atn"#),
            "t=\(basic.replacing("=", with: "%3D").replacing("+", with: "%2B"))",
            "ab\(base64(text))", "abc\(base64("a\(text)"))",
            base64(String(repeating: "padding ", count: 20) + text).replacing(
                try! Regex("(.{64})"), with: { "\($0.output[0].substring ?? "")\n" }),
        ]
        for one in cases {
            let found = hits(Array("first line\n\(one)\nlast".utf8))
            #expect(found.map(\.secret.digest) == [secret.digest], "\(one.prefix(20))")
            #expect((2...6).contains(found.first?.line ?? 0), "\(one.prefix(20))")
        }
    }

    @Test("wrong checksums, cut ones and other prefixes are nothing")
    func lookAlikes() {
        let wrong = text.dropLast() + (text.last == "0" ? "1" : "0")
        for one in ["\(wrong)", "\(text.dropLast())", "xyz_\(text.dropFirst(4))", base64("\(wrong)"), ""] {
            #expect(hits(Array(one.utf8)).isEmpty)
        }
    }

    @Test("whatever the pieces are", arguments: [1, 7, 41, 42, 4096, 1 << 20])
    func pieces(_ size: Int) {
        let filler = String(repeating: "a line of a log\n", count: 400)
        let bytes = Array("\(filler)token=\(text)\n\(filler)\(base64("x:\(text)"))\n".utf8)
        let found = hits(bytes, pieces: size)
        #expect(found.count == 1)
        #expect(found.first?.line == 401)
        #expect(found.first?.offset == filler.utf8.count + 6)
    }

    @Test("at every place around the border of a window", arguments: [-9000, -60, -42, -41, -1, 0, 1, 41])
    func borders(_ shift: Int) {
        for encoded in [text, base64("alice:\(text)")] {
            let before = [UInt8](repeating: UInt8(ascii: "."), count: 1 << 20 + shift)
            let bytes = before + Array(encoded.utf8) + [UInt8](repeating: UInt8(ascii: "."), count: 1 << 20)
            let found = hits(bytes, pieces: 1 << 18)
            #expect(found.map(\.secret.digest) == [secret.digest])
            #expect(found.first?.offset ?? 0 >= before.count)
        }
    }

    @Test("in Base64 of any length, wherever it begins", arguments: ["", "\"", "x\"", "xy\"", "xyz\""])
    func longRuns(_ before: String) {
        let long = Data(([UInt8](repeating: 7, count: 2_000_001) + Array(text.utf8)) as [UInt8])
            .base64EncodedString()
        #expect(hits(Array((before + long).utf8), pieces: 65_536).map(\.secret.digest) == [secret.digest])
    }
}

@Suite("Searching files") struct FileScanTests {
    private let secret = TokenFormat.standard.makeSecret()
    private let folder = FileManager.default.temporaryDirectory.appending(path: "scan-\(UUID())")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func made(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = folder
        process.environment = ["SECRET": secret.reveal(), "PATH": "/usr/bin:/bin"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    private func scan(_ name: String, limits: FileScan.Limits = .init()) throws -> FileScan {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
        let scan = FileScan(format: .standard, limits: limits)
        var rest = bytes[...]
        scan.search(name) {
            let piece = Array(rest.prefix(10_000))
            rest = rest.dropFirst(piece.count)
            return piece
        }
        return scan
    }

    @Test("archives, compressed files, and one in the other")
    func archives() throws {
        try made(
            """
            mkdir -p in/deep; printf 'one\\ntoken=%s\\n' "$SECRET" > in/deep/log.txt
            tar cf a.tar in; tar czf a.tgz in; tar cJf a.txz in; gzip -k < in/deep/log.txt > log.gz
            xz < in/deep/log.txt > log.xz; bzip2 < in/deep/log.txt > log.bz2
            python3 -c "import zipfile; z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED); z.write('in/deep/log.txt')"
            mkdir image; cp a.tgz image/layer.tar.gz; cp a.zip image/; tar cf image.tar image; gzip image.tar
            """)
        for (name, place) in [
            ("a.tar", "a.tar!in/deep/log.txt:2"), ("a.tgz", "a.tgz!in/deep/log.txt:2"),
            ("a.txz", "a.txz!in/deep/log.txt:2"), ("log.gz", "log.gz:2"), ("log.xz", "log.xz:2"),
            ("log.bz2", "log.bz2:2"), ("a.zip", "a.zip!in/deep/log.txt:2"),
        ] {
            let scan = try scan(name)
            #expect(scan.found.map(\.place) == [place])
            #expect(scan.found.map(\.secret.digest) == [secret.digest])
            #expect(scan.warnings.isEmpty)
        }
        #expect(
            try scan("image.tar.gz").found.map(\.place).sorted() == [
                "image.tar.gz!image/a.zip!in/deep/log.txt:2",
                "image.tar.gz!image/layer.tar.gz!in/deep/log.txt:2",
            ])
    }

    @Test("what only looks like an archive, or is cut, is searched as it is")
    func damaged() throws {
        try made(
            """
            printf 'BZh is no archive %s' "$SECRET" > text; printf 'PK\\003\\004 neither %s' "$SECRET" > zip
            head -c 200000 /dev/urandom > noise; printf '%s' "$SECRET" > s; tar cf cut.tar s noise; head -c 100000 cut.tar > cut
            """)
        #expect(try scan("text").found.map(\.place) == ["text:1"])
        #expect(try scan("zip").found.count == 1)
        let cut = try scan("cut")
        #expect(cut.found.map(\.place) == ["cut!s:1"])
        #expect(cut.warnings.count == 1 && cut.warnings[0].hasPrefix("cut cannot be unpacked"))
    }

    @Test("what is found beyond the limit is warned of, and names within archives are one safe line")
    func limits() throws {
        try made(
            """
            printf '%s' "$SECRET" > one; printf '%s' "$SECRET" > two; tar cf both.tar one two
            name=$(printf 'a\\033[2J\\302\\205%s' "$SECRET"); head -c 200000 /dev/urandom > noise; printf x > s
            tar cf whole s noise; head -c 100000 whole > "$name"; tar cf named.tar "$name"
            """)
        var limits = FileScan.Limits()
        limits.found = 1
        let both = try scan("both.tar", limits: limits)
        #expect(both.found.count == 1)
        #expect(
            both.warnings == [
                "only the first 1 texts in the form of a token were looked up: search the files in parts"
            ])
        let named = try scan("named.tar").warnings
        #expect(named.count == 1 && named[0].hasPrefix("named.tar!a [2J …"), "\(named.count)")
    }

    @Test("a bomb is not unpacked to its end, and archives are not unpacked for ever")
    func bombs() throws {
        try made(
            """
            head -c 60000000 /dev/zero | gzip -9 > bomb.gz
            printf '%s' "$SECRET" > nested; for depth in $(seq 20); do tar cf t nested; mv t nested; done
            """)
        var limits = FileScan.Limits()
        limits.least = 10 << 20
        let bomb = try scan("bomb.gz", limits: limits)
        #expect(bomb.warnings.count == 1)
        #expect(bomb.warnings[0].hasPrefix("bomb.gz unpacks to more than 1"), "\(bomb.warnings)")
        #expect(bomb.bytes < 13 << 20)
        let nested = try scan("nested")
        #expect(nested.found.count == 1)
        #expect(
            nested.warnings == [
                "nested\(String(repeating: "!nested", count: 16)) is an archive within 16 others: it was searched as it is, packed"
            ])
    }
}

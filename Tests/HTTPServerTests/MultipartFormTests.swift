import HTTPServer
import Testing

@Suite("Forms with files") struct MultipartFormTests {
    private func request(_ body: String, type: String = "multipart/form-data; boundary=XyZ") -> Request {
        Request(
            "POST", "/", headers: ["Content-Type": type],
            body: Array(body.replacing("\n", with: "\r\n").utf8))
    }

    private let usual = """
        --XyZ
        Content-Disposition: form-data; name="csrf"

        proof
        --XyZ
        Content-Disposition: form-data; name="file"; filename="C:\\logs\\a%22b.log"
        Content-Type: application/octet-stream

        one
        two --XyZ
        --XyZ--

        """

    @Test("fields are fields of the form, and files keep their bytes")
    func usualForm() throws {
        let request = request(usual)
        #expect(request.form["csrf"] == "proof")
        #expect(request.form["file"] == nil)
        let file = try #require(request.multipart.files.first)
        #expect(file.field == "file" && file.name == "a\"b.log")
        #expect(String(decoding: file.bytes, as: UTF8.self) == "one\r\ntwo --XyZ")
    }

    @Test("a boundary may be in quotes, and need not be the first parameter")
    func boundaries() {
        for type in [
            #"multipart/form-data; boundary="XyZ""#, "Multipart/Form-Data; charset=utf-8; Boundary=XyZ",
        ] {
            #expect(request(usual, type: type).multipart.files.count == 1)
        }
    }

    @Test(
        "what is malformed has no parts",
        arguments: [
            "", "--XyZ", "--XyZ\n", "--XyZ\n\n--XyZ--", "--XyZ\nContent-Disposition: form-data\n\nx\n--XyZ--",
            "--Other\nContent-Disposition: form-data; name=\"a\"\n\nx\n--Other--",
        ])
    func malformed(_ body: String) {
        let form = request(body).multipart
        #expect(form.files.isEmpty && form.fields.isEmpty)
        #expect(request(usual, type: "multipart/form-data").multipart.files.isEmpty)
        #expect(request(usual, type: "text/plain").multipart.files.isEmpty)
    }

    @Test("a form of too many parts has none")
    func many() {
        let part = "--XyZ\nContent-Disposition: form-data; name=\"a\"\n\nx\n"
        #expect(request(String(repeating: part, count: 50) + "--XyZ--").multipart.fields.count == 50)
        #expect(request(String(repeating: part, count: 51) + "--XyZ--").multipart.fields.isEmpty)
    }
}

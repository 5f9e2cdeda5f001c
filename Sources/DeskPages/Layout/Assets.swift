import HTTPServer
import Sodium

/// The stylesheet, script and icon of the pages, embedded in the program.
struct Assets: Sendable {
    private struct File {
        let type: Response.MediaType
        let bytes: [UInt8]
        let version: String

        init(_ type: Response.MediaType, _ bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
            version = SHA256Digest(of: bytes.span).bytes.prefix(8).reduce(into: "") { text, byte in
                text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
    }

    private static let files: [String: File] = [
        "desk.css": File(.css, PackageResources.desk_css),
        "desk.js": File(.javaScript, PackageResources.desk_js),
        "coin.svg": File(.svg, PackageResources.coin_svg),
    ]

    /// The address of a file, with its version.
    static func path(_ name: String) -> DeskPath {
        .asset(name, version: files[name]?.version ?? "")
    }

    /// The file; browsers may cache it forever if they asked for its version.
    static func response(to request: Request, name: String) -> Response? {
        guard let file = files[name] else { return nil }
        let tag = "\"\(file.version)\""
        var headers: Headers = [
            "Cache-Control": request.queryItems["v"] == file.version
                ? "public, max-age=31536000, immutable" : "public, max-age=300",
            "ETag": tag,
        ]
        guard request.headers["if-none-match"] != tag else {
            return Response(status: 304, headers: headers)
        }
        headers["Content-Type"] = file.type.rawValue
        return Response(status: 200, headers: headers, body: file.bytes)
    }
}

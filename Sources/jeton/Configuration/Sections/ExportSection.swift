import Curl
import EventFormats
import Exports
import Ledger
import TLSClient
import Tokens

/// `exports`: where events are sent, each as far as it was written.
struct ExportSection: Hashable, Sendable {
    struct File: Hashable, Sendable {
        var path: String?
        var format = EventFormat.ocsf
    }

    struct Syslog: Hashable, Sendable {
        var address: HostPort?
        var isPlain = false
        var trust = TLSTrust()
        var facility = SyslogFacility.authpriv
        var format = EventFormat.ocsf
    }

    struct Collector: Hashable, Sendable {
        var url: String?
        var headers: [HTTPClient.HeaderField] = []
        var authorities: String?
        var body = CollectorSink.Body.lines
        var format = EventFormat.ocsf
    }

    var file = File()
    var syslog = Syslog()
    var https = Collector()

    /// The names of the exports that are configured.
    var names: [String] {
        [
            file.path == nil ? nil : "file", syslog.address == nil ? nil : "syslog",
            https.url == nil ? nil : "https",
        ].compactMap(\.self)
    }
}

/// The facilities of syslog that fit (RFC 5424, section 6.2.1).
enum SyslogFacility: String, Hashable, Sendable, CaseIterable {
    case user, auth, authpriv, audit, local0, local1, local2, local3, local4, local5, local6, local7

    var number: Int {
        switch self {
        case .user: 1
        case .auth: 4
        case .authpriv: 10
        case .audit: 13
        default: 16 + (Int(rawValue.suffix(1)) ?? 0)
        }
    }
}

/// A host, by name or address, and a port.
struct HostPort: Hashable, Sendable {
    let host: String
    let port: UInt16

    /// Reads `logs.example.com:6514` or `[2001:db8::1]:6514`.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard IPAddress(String(host)) != nil else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        (self.host, self.port) = (String(host), port)
    }
}

extension ConfigurationKey {
    static let exports: [ConfigurationKey] = fileExport + syslogExport + httpsExport

    private static let fileExport: [ConfigurationKey] = [
        .one(
            "exports.file.path", .path, default: "none",
            "A file to which every event is appended, one JSON document on each line. It is opened anew for each "
                + "batch, so logrotate may rename it ([events](operate/events.md))."
        ) { $0.exports.file.path = $1 },
        .one(
            "exports.file.format", .format, default: "ocsf",
            "The form of the documents: OCSF 1.5, or the JSON that the API returns."
        ) { $0.exports.file.format = $1 },
    ]

    private static let syslogExport: [ConfigurationKey] = [
        .one(
            "exports.syslog.address", .hostPort, default: "none",
            "A syslog server to which every event is sent (RFC 5424), over TLS (RFC 5425)."
        ) { $0.exports.syslog.address = $1 },
        .one(
            "exports.syslog.transport", .transport, default: "tls",
            "How it is sent: over TLS, or over plain TCP (RFC 6587), with octet counting in both."
        ) { $0.exports.syslog.isPlain = $1 },
        .one(
            "exports.syslog.ca_file", .path, default: "the system's",
            "The certificates, in PEM, of which one must have signed the server's."
        ) { $0.exports.syslog.trust.authorities = $1 },
        .one(
            "exports.syslog.certificate", .path, default: "none",
            "The file with the client's certificate in PEM, where the server asks for one."
        ) { $0.exports.syslog.trust.certificate = $1 },
        .one(
            "exports.syslog.key", .path, default: "the file of the certificate",
            "The file with the private key of that certificate in PEM."
        ) { $0.exports.syslog.trust.key = $1 },
        .one(
            "exports.syslog.facility", .facility, default: "authpriv",
            "The facility of the messages."
        ) { $0.exports.syslog.facility = $1 },
        .one(
            "exports.syslog.format", .format, default: "ocsf",
            "The form of the messages: OCSF 1.5, or the JSON that the API returns."
        ) { $0.exports.syslog.format = $1 },
    ]

    private static let httpsExport: [ConfigurationKey] = [
        .one(
            "exports.https.url", .collector, default: "none",
            "The address of a collector to which every event is posted, in batches."
        ) { $0.exports.https.url = $1 },
        .one(
            "exports.https.header_file", .header, default: "none",
            "A file with one header field that is sent along, such as `Authorization: Bearer …`."
        ) { $0.exports.https.headers = [$1] },
        .one(
            "exports.https.ca_file", .path, default: "the system's",
            "The certificates, in PEM, of which one must have signed the collector's."
        ) { $0.exports.https.authorities = $1 },
        .one(
            "exports.https.body", .body, default: "lines",
            "How a batch is written: a document on each line, or a JSON array."
        ) { $0.exports.https.body = $1 },
        .one(
            "exports.https.format", .format, default: "ocsf",
            "The form of the documents: OCSF 1.5, or the JSON that the API returns."
        ) { $0.exports.https.format = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let collector = ValueParser(
        "`https://…`", expected: "an https address such as https://collector.example.com/events"
    ) { text in
        let rest = text.hasPrefix("https://") ? text.dropFirst(8) : ""
        return !rest.isEmpty && !rest.hasPrefix("/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            ? text : nil
    }
}

extension ValueParser<HostPort> {
    fileprivate static let hostPort = ValueParser(
        "`HOST:PORT`", expected: "a host and a port such as logs.example.com:6514", read: HostPort.init)
}

extension ValueParser<Bool> {
    fileprivate static let transport = ValueParser(
        "`tls` or `tcp`", expected: "tls or tcp", schema: .words(["tls", "tcp"])
    ) { ["tls": false, "tcp": true][$0] }
}

extension ValueParser<EventFormat> {
    fileprivate static let format = ValueParser(
        "`ocsf` or `json`", expected: "ocsf or json", schema: .words(of: EventFormat.self),
        read: EventFormat.init(rawValue:))
}

extension ValueParser<CollectorSink.Body> {
    fileprivate static let body = ValueParser(
        "`lines` or `array`", expected: "lines or array", schema: .words(of: CollectorSink.Body.self),
        read: CollectorSink.Body.init(rawValue:))
}

extension ValueParser<SyslogFacility> {
    fileprivate static let facility = ValueParser(
        "one of `user`, `auth`, `authpriv`, `audit`, `local0` to `local7`",
        expected: "user, auth, authpriv, audit, or local0 to local7", schema: .words(of: SyslogFacility.self),
        read: SyslogFacility.init(rawValue:))
}

extension ValueParser<HTTPClient.HeaderField> {
    fileprivate static let header = secretFile { (text) throws(BadValue) in
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let isName = parts.first?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ?? false
        guard parts.count == 2, isName, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw BadValue("the file must contain one header field, such as Authorization: Bearer …")
        }
        return HTTPClient.HeaderField(parts[0], String(parts[1].drop { $0 == " " }))
    }
}

extension Configuration {
    /// Where events are sent, by the name of the export.
    var sinks: [(name: String, format: EventFormat, sink: any EventSink)] {
        var sinks: [(name: String, format: EventFormat, sink: any EventSink)] = []
        if let path = exports.file.path {
            sinks.append(("file", exports.file.format, FileSink(path: Files.absolute(path))))
        }
        if let address = exports.syslog.address {
            let syslog = exports.syslog
            let delivery = Delivery(
                host: address.host, port: address.port, trust: syslog.isPlain ? nil : syslog.trust)
            sinks.append(
                (
                    "syslog", syslog.format,
                    SyslogSink(
                        to: delivery, from: ProcessSettings.hostName, facility: syslog.facility.number)
                ))
        }
        if let url = exports.https.url {
            let https = exports.https
            sinks.append(
                (
                    "https", https.format,
                    CollectorSink(
                        url: url, headers: https.headers, body: https.body, trusting: https.authorities)
                ))
        }
        return sinks
    }

    /// Keys of exports without the one that says where to send.
    var exportConflicts: [KeyConflict] {
        var conflicts: [KeyConflict] = []
        for (name, place) in [("file", "path"), ("syslog", "address"), ("https", "url")] {
            let prefix = "exports.\(name)."
            if given.contains(where: { $0.hasPrefix(prefix) }), !given.contains(prefix + place) {
                conflicts.append(
                    KeyConflict(prefix + place, "is required with the other keys of `exports.\(name)`"))
            }
        }
        if exports.syslog.trust.key != nil, exports.syslog.trust.certificate == nil {
            conflicts.append(
                KeyConflict(
                    "exports.syslog.certificate", beside: "exports.syslog.key",
                    "is required with `exports.syslog.key`"))
        }
        if exports.syslog.isPlain, exports.syslog.trust != TLSTrust() {
            conflicts.append(
                KeyConflict(
                    "exports.syslog.transport",
                    "is `tcp`, with which certificates have no effect: use `tls`, or remove them"))
        }
        return conflicts
    }
}

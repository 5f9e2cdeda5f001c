import Dispatch

/// Sends mails with libcurl to one server (RFC 5321), each over a connection of its own.
///
/// ```swift
/// let client = SMTPClient(SMTPServer(host: "mail.example.com", port: 587, security: .startTLS))
/// try await client.send(mail)
/// ```
public struct SMTPClient: Sendable {
    private let server: SMTPServer
    /// The most milliseconds for a whole mail.
    private let timeout: Int

    public init(_ server: SMTPServer, timeout: Int = 30_000) {
        (self.server, self.timeout) = (server, timeout)
    }

    /// Sends a mail to one recipient. Returns when the server has taken it.
    public func send(_ mail: Mail) async throws(SMTPFault) {
        guard mail.isPlain else {
            throw SMTPFault(.address, reason: "an address or a header holds control characters")
        }
        let (server, timeout) = (server, timeout)
        let result: Result<Void, SMTPFault> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.smtp.client").async {
                continuation.resume(
                    returning: Result { () throws(SMTPFault) in
                        try SMTPTransfer(mail, to: server, timeout: timeout).run()
                    })
            }
        }
        try result.get()
    }
}

/// A mail server, and how to reach it.
public struct SMTPServer: Hashable, Sendable {
    /// How the connection is protected.
    public enum Security: String, Hashable, Sendable, CaseIterable {
        /// TLS from the first byte (RFC 8314), mostly on port 465.
        case tls
        /// STARTTLS (RFC 3207), which must succeed; mostly on port 587.
        case startTLS = "starttls"
        /// None, for a server on the same machine or network.
        case none

        /// The port where nothing else is said.
        public var port: Int {
            switch self {
            case .tls: 465
            case .startTLS: 587
            case .none: 25
            }
        }
    }

    public let host: String
    public let port: Int
    public let security: Security
    public let login: SMTPLogin?
    /// The file with the certificates to trust, in PEM; `nil` for the system's.
    public let authorities: String?

    public init(
        host: String, port: Int? = nil, security: Security, login: SMTPLogin? = nil,
        trusting authorities: String? = nil
    ) {
        (self.host, self.security, self.login, self.authorities) = (host, security, login, authorities)
        self.port = port ?? security.port
    }
}

/// A login with its password (RFC 4954). Prints as nothing.
public struct SMTPLogin: Hashable, Sendable {
    let name: String
    let password: String

    public init(name: String, password: String) {
        (self.name, self.password) = (name, password)
    }
}

extension SMTPLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A mail with a text and the same as HTML (`multipart/alternative`, RFC 2046).
public struct Mail: Hashable, Sendable {
    /// The sender's and the recipient's address alone.
    public let from: String, to: String
    /// The header fields, in order and encoded (RFC 2047); libcurl adds those of MIME.
    public let headers: [String]
    /// In UTF-8, with any line ends.
    public let text: String, html: String

    public init(from: String, to: String, headers: [String], text: String, html: String) {
        (self.from, self.to, self.headers, self.text, self.html) = (from, to, headers, text, html)
    }

    /// Whether nothing can end a line of the dialogue or of the header early. A header may be folded.
    var isPlain: Bool {
        let isFolded = headers.allSatisfy {
            !$0.replacing("\r\n ", with: "").utf8.contains { $0 < 0x20 || $0 == 0x7F }
        }
        return isFolded && !(from + to).utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "<") }
    }
}

/// Why a mail was not taken.
public struct SMTPFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it failed.
    public enum Stage: Hashable, Sendable {
        /// Before the dialogue: the name, the connection, TLS, or the server's greeting.
        case connection
        /// The server refuses the login.
        case login
        /// The server refuses the sender, or to take any mail now, with that status (RFC 5321, section 4.2).
        case sender(status: Int)
        /// The server refuses the recipient or the mail itself.
        case mail(status: Int)
        /// An address cannot be sent.
        case address
    }

    public let stage: Stage
    public let reason: String

    public init(_ stage: Stage, reason: String) {
        (self.stage, self.reason) = (stage, reason)
    }

    public var description: String { reason }

    /// Whether the same mail will be refused again: a status of 500 or more about the mail itself.
    public var isPermanent: Bool {
        switch stage {
        case .mail(let status): (500...599).contains(status)
        case .address: true
        case .connection, .login, .sender: false
        }
    }

    /// Whether it is about this mail or its recipient, and not about the server.
    public var isOfMail: Bool {
        switch stage {
        case .mail, .address: true
        case .connection, .login, .sender: false
        }
    }
}

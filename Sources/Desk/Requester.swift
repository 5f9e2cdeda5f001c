import Ledger
public import Tokens

/// Who asks the desk for something: a person at a browser, the holder of a token, or the operator on the machine.
public struct Requester: Hashable, Sendable {
    public enum Means: Hashable, Sendable {
        /// A browser in which the person is signed in.
        case session
        /// A token of the subject's.
        case token(Token)
        /// The command line on the machine.
        case commandLine
        /// A program that the person lets have a token.
        case client(Token.Client)
    }

    /// `nil` on the command line.
    public let subject: Subject?
    public let means: Means
    /// The client's address; empty on the command line.
    public let address: String
    /// What it may do to what belongs to others, as ``TokenDesk/overseer(_:for:)`` has found; `nil` where nothing was
    /// asked.
    private(set) var grantedRight: OversightRight?

    /// The operator on the command line.
    public static let commandLine = Requester(subject: nil, means: .commandLine, address: "")

    /// A person who is signed in at a browser.
    public static func person(_ subject: Subject, address: String) -> Requester {
        Requester(subject: subject, means: .session, address: address)
    }

    public static func holder(of token: Token, owner: Subject, address: String) -> Requester {
        Requester(subject: owner, means: .token(token), address: address)
    }

    /// A program that `person` lets have a token.
    public static func client(_ client: Token.Client, of person: Subject, address: String) -> Requester {
        Requester(subject: person, means: .client(client), address: address)
    }

    private init(subject: Subject?, means: Means, address: String) {
        self.subject = subject
        self.means = means
        self.address = address
    }

    var origin: Token.Origin {
        switch means {
        case .session: .desk
        case .token(let token): .token(token.id)
        case .commandLine: .commandLine
        case .client(let client): .client(client)
        }
    }

    /// The token that asks; `nil` for a person and the operator.
    public var token: Token? { if case .token(let token) = means { token } else { nil } }

    /// Whether it is a program that a person lets have a token.
    var isClient: Bool { if case .client = means { true } else { false } }

    /// What an event says of the program that gets a token, after what the token may do; empty for none.
    var programWords: String {
        guard case .client(let client) = means else { return "" }
        return "\(Event.programMark)\(client.title)\(client.address.isEmpty ? "" : " from \(client.address)")"
    }

    /// Whether it is a token and not a person.
    var isToken: Bool { token != nil }

    /// The requester, who was found to have `right`.
    func overseeing(_ right: OversightRight) -> Requester {
        var overseer = self
        overseer.grantedRight = right
        return overseer
    }

    /// Whether it administers: an administrator at a browser, or the operator.
    var isAdministrator: Bool {
        switch means {
        case .session: subject?.isAdministrator ?? false
        case .token, .client: false
        case .commandLine: true
        }
    }

    /// Whether the tokens of `owner` are its own, or those of a service account whose steward it is. All are the
    /// operator's.
    func has(_ owner: Subject) -> Bool {
        guard let subject else { return true }
        return subject.id == owner.id || owner.isStewarded(by: subject)
    }

    /// Whether it may manage the tokens of `owner`: since it ``has(_:)`` them, or since it was found to administer.
    func manages(_ owner: Subject) -> Bool { grantedRight == .administration || has(owner) }

    /// Whether it acts for a service account, which is somebody else.
    func isSteward(of owner: Subject) -> Bool { subject.map { $0.id != owner.id } ?? false }

    /// Whether it may manage service accounts themselves: an administrator at a browser, the operator, or a token that
    /// administers, with the limits of ``OversightAct``.
    public var mayManageAccounts: Bool { oversight == .administration }
}

extension Event {
    fileprivate static let programMark = ", for the program "

    /// Whether a program got the token, or the new secret, that it is about.
    var isForProgram: Bool { detail.contains(Self.programMark) }
}

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
    }

    /// `nil` on the command line.
    public let subject: Subject?
    public let means: Means
    /// The client's address; empty on the command line.
    public let address: String

    /// The operator on the command line.
    public static let commandLine = Requester(subject: nil, means: .commandLine, address: "")

    /// A person who is signed in at a browser.
    public static func person(_ subject: Subject, address: String) -> Requester {
        Requester(subject: subject, means: .session, address: address)
    }

    public static func holder(of token: Token, owner: Subject, address: String) -> Requester {
        Requester(subject: owner, means: .token(token), address: address)
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
        }
    }

    /// Whether it is a token and not a person.
    var isToken: Bool { if case .token = means { true } else { false } }

    /// Whether a token of `owner` may get this scope at the desk itself: not by a token, since a leaked token must not be
    /// able to create others like it.
    func mayGrant(_ scope: DeskScope, to owner: Subject) -> Bool {
        if case .token = means { return false }
        switch scope.grantor {
        case .person: return true
        case .administrator: return owner.isAdministrator
        }
    }

    /// The scopes at the desk itself that a token of `owner` may get.
    public func grantable(to owner: Subject) -> Set<DeskScope> {
        Set(DeskScope.allCases.filter { mayGrant($0, to: owner) })
    }
}

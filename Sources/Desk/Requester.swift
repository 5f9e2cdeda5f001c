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
        guard owner.isPerson || scope.isForAccounts else { return false }
        switch scope.grantor {
        case .person: return true
        case .administrator: return owner.isAdministrator
        }
    }

    /// Whether it may manage the tokens of `owner`: its own, or those of a service account whose steward it is. The
    /// operator on the command line manages everybody's.
    func manages(_ owner: Subject) -> Bool {
        guard let subject else { return true }
        return subject.id == owner.id || owner.isStewarded(by: subject)
    }

    /// Whether it acts for a service account, which is somebody else.
    func isSteward(of owner: Subject) -> Bool { subject.map { $0.id != owner.id } ?? false }

    /// Whether it may manage service accounts themselves: an administrator at a browser, or the operator. A token may
    /// not, since a leaked one must not be able to get into groups.
    public var mayManageAccounts: Bool {
        switch means {
        case .session: subject?.isAdministrator ?? false
        case .token: false
        case .commandLine: true
        }
    }

    /// The scopes at the desk itself that a token of `owner` may get.
    public func grantable(to owner: Subject) -> Set<DeskScope> {
        Set(DeskScope.allCases.filter { mayGrant($0, to: owner) })
    }
}

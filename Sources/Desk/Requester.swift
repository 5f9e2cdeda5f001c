public import Tokens

/// Who asks for a change, and through what.
public struct Requester: Hashable, Sendable {
    /// Through what somebody acts.
    public enum Means: Hashable, Sendable {
        /// A browser in which they are signed in.
        case session
        /// A token of theirs.
        case token(Token)
        /// The machine's own command line.
        case commandLine
    }

    /// Who acts; `nil` on the machine itself.
    public let subject: Subject?
    /// Through what.
    public let means: Means
    /// Where from; empty on the machine itself.
    public let address: String

    /// The operator on the machine itself.
    public static let commandLine = Requester(subject: nil, means: .commandLine, address: "")

    /// A person at a browser.
    public static func person(_ subject: Subject, address: String) -> Requester {
        Requester(subject: subject, means: .session, address: address)
    }

    /// The holder of a token.
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

    /// Only a person, at a browser or at the machine, may grant the power to manage tokens:
    /// a leaked token must not be able to breed.
    var mayGrantManaging: Bool {
        if case .token = means { false } else { true }
    }

    /// Only an administrator, or the machine's operator for one, may grant the power to provision.
    func mayGrantProvisioning(to owner: Subject) -> Bool { mayGrantManaging && owner.isAdministrator }
}

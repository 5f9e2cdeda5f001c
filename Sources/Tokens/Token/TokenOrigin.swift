extension Token {
    /// How a token was created.
    public enum Origin: Hashable, Sendable {
        /// By its owner in the browser.
        case desk
        /// Through the API, with another token.
        case token(TokenID)
        /// By the command line.
        case commandLine
        /// By a program that exchanged another token for one of its own.
        case exchange(Exchange)
        /// By a program that its owner signed in from (RFC 6749).
        case client(Client)
        /// By a job that traded its identity (RFC 8693).
        case job(Job)
        /// By a program to which the identity provider gave an assertion about its owner (ID-JAG).
        case assertion(Client)
    }

    /// The exchange in which a program got a token of its own. It can do no more than its parent, and is
    /// revoked with it.
    public struct Exchange: Hashable, Sendable {
        /// The secret that was exchanged; it is also an alias of the parent.
        public let parent: SecretID
        /// The device that the program runs on, as it says itself.
        public let device: TokenName
        /// The agents that act with the token on behalf of its owner; `nil` for a program of the owner's.
        public let delegation: Delegation?

        public init(parent: SecretID, device: TokenName, delegation: Delegation? = nil) {
            self.parent = parent
            self.device = device
            self.delegation = delegation
        }
    }

    /// The OAuth client that a person let have a token.
    public struct Client: Hashable, Sendable {
        /// Its `client_id`.
        public let id: String
        /// What people call it.
        public let title: String
        /// The address that the request for the token came from; empty where it is not known.
        public let address: String

        public init(id: String, title: String, address: String) {
            self.id = id
            self.title = title
            self.address = address
        }
    }

    /// What the identity of a CI job, or of another workload, said when it was traded for a token.
    public struct Job: Hashable, Sendable {
        /// The rule that let it have the token.
        public let rule: TrustRuleID
        /// The issuer's name in the configuration.
        public let issuer: String
        /// `sub`.
        public let subject: String
        /// The repository or project, such as `acme/app`; empty where the identity names none.
        public let repository: String
        /// The workflow or the file of the pipeline; empty where the identity names none.
        public let workflow: String
        /// The address of the run, or its number where it has no address; empty for neither.
        public let run: String

        public init(
            rule: TrustRuleID, issuer: String, subject: String, repository: String = "",
            workflow: String = "", run: String = ""
        ) {
            self.rule = rule
            self.issuer = issuer
            self.subject = subject
            self.repository = repository
            self.workflow = workflow
            self.run = run
        }
    }

    /// The client that got it, if one did.
    public var client: Client? { if case .client(let client) = origin { client } else { nil } }

    /// The program that got it for an assertion of the identity provider, if one did.
    public var assertedClient: Client? { if case .assertion(let client) = origin { client } else { nil } }

    /// Whether it is that of an agent or another program that acts for its owner for a while: by delegation, or by an
    /// assertion of the identity provider.
    public var isOfAgent: Bool { delegation != nil || assertedClient != nil }

    /// The job that got it, if one did.
    public var job: Job? { if case .job(let job) = origin { job } else { nil } }
}

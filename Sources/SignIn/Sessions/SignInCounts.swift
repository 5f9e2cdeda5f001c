import Synchronization

/// Counts who was signed in and who was not: by how they came and what came of it, and by nothing else.
public final class SignInCounts: Sendable {
    /// How somebody came.
    public enum Way: String, CaseIterable, Sendable {
        /// With a password of this desk.
        case password
        /// Through the identity provider.
        case provider
        /// By a one-time link.
        case invitation
    }

    /// A way, and what came of it: `signed_in`, or a reason's name.
    public struct Outcome: Hashable, Comparable, Sendable {
        /// How they came.
        public let way: Way
        /// What came of it, one of a fixed list of words.
        public let name: String

        public static func < (one: Self, other: Self) -> Bool {
            (one.way.rawValue, one.name) < (other.way.rawValue, other.name)
        }
    }

    private let counts: Mutex<[Outcome: Int]>

    /// None yet; what goes well is told of every way from the start.
    init() {
        counts = Mutex(
            Dictionary(uniqueKeysWithValues: Way.allCases.map { (Outcome(way: $0, name: "signed_in"), 0) }))
    }

    /// How often each came about.
    public var all: [Outcome: Int] { counts.withLock(\.self) }

    /// What `body` gives or throws, counted.
    func counting<R>(_ way: Way, _ body: () async throws -> R) async throws -> R {
        do {
            let result = try await body()
            add(way, "signed_in")
            return result
        } catch {
            fail(way, error)
            throw error
        }
    }

    /// Counts that nobody was signed in.
    func fail(_ way: Way, _ error: any Error) {
        switch error {
        case let fault as SignInFault: add(way, fault.name)
        case let fault as OIDCFault: add(way, fault.kind)
        default: add(way, "failed")
        }
    }

    private func add(_ way: Way, _ name: String) {
        counts.withLock { $0[Outcome(way: way, name: name), default: 0] += 1 }
    }
}

extension SignInFault {
    /// The reason's name.
    fileprivate var name: String {
        switch self {
        case .wrongLoginOrPassword: "wrong_login_or_password"
        case .tokenAsPassword: "token_as_password"
        case .providerOnly: "provider_only"
        case .tooManyAttempts: "too_many_attempts"
        case .suspended: "suspended"
        case .busy: "busy"
        case .badLogin, .loginTaken, .badName, .badPassword: "not_accepted"
        case .invitationUnknown: "invitation_unknown"
        }
    }
}

extension OIDCFault {
    /// ``name`` without what the provider added: that could be anything.
    var kind: String {
        switch self {
        case .refusedByProvider: "provider_refused"
        case .codeRefused: "code_refused"
        default: name
        }
    }
}

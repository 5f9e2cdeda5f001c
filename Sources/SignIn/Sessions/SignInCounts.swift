import Synchronization

/// Counts sign-ins by method and result, and by nothing else.
public final class SignInCounts: Sendable {
    /// How somebody signs in.
    public enum Way: String, CaseIterable, Sendable {
        /// With a password of this desk.
        case password
        /// Through the identity provider.
        case provider
        /// By a one-time link.
        case invitation
    }

    /// A method and its result: `signed_in`, or the name of a reason.
    public struct Outcome: Hashable, Comparable, Sendable {
        public let way: Way
        /// The result, one of a fixed list of words.
        public let name: String

        public static func < (one: Self, other: Self) -> Bool {
            (one.way.rawValue, one.name) < (other.way.rawValue, other.name)
        }
    }

    private let counts: Mutex<[Outcome: Int]>

    /// Starts at zero. `signed_in` is there for every method from the start.
    init() {
        counts = Mutex(
            Dictionary(uniqueKeysWithValues: Way.allCases.map { (Outcome(way: $0, name: "signed_in"), 0) }))
    }

    /// The counts so far.
    public var all: [Outcome: Int] { counts.withLock(\.self) }

    /// Runs `body` and counts its result.
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

    /// Counts a failure.
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
    /// ``name`` without what the provider added, which could be anything.
    var kind: String {
        switch self {
        case .refusedByProvider: "provider_refused"
        case .codeRefused: "code_refused"
        default: name
        }
    }
}

import Synchronization

/// How somebody signs in.
public enum SignInMethod: String, CaseIterable, Sendable {
    /// With a password of this desk.
    case password
    /// Through the identity provider.
    case provider
    /// By a one-time link.
    case invitation
}

/// A method and its result: `signed_in`, or the name of a reason.
public struct SignInResult: Hashable, Comparable, Sendable {
    public let method: SignInMethod
    /// The result, one of a fixed list of words.
    public let name: String

    public static func < (one: Self, other: Self) -> Bool {
        (one.method.rawValue, one.name) < (other.method.rawValue, other.name)
    }
}

/// Counts sign-ins by method and result, and by nothing else.
public final class SignInCounts: Sendable {
    private let counts: Mutex<[SignInResult: Int]>

    /// Starts at zero. `signed_in` is there for every method from the start.
    init() {
        counts = Mutex(
            Dictionary(
                uniqueKeysWithValues: SignInMethod.allCases.map {
                    (SignInResult(method: $0, name: "signed_in"), 0)
                }))
    }

    /// The counts so far.
    public var all: [SignInResult: Int] { counts.withLock(\.self) }

    /// Runs `body` and counts its result.
    func counting<R>(_ method: SignInMethod, _ body: () async throws -> R) async throws -> R {
        do {
            let result = try await body()
            add(method, "signed_in")
            return result
        } catch {
            fail(method, error)
            throw error
        }
    }

    /// Counts a failure.
    func fail(_ method: SignInMethod, _ error: any Error) {
        switch error {
        case let fault as SignInFault: add(method, fault.name)
        case let fault as OIDCFault: add(method, fault.kind)
        default: add(method, "failed")
        }
    }

    private func add(_ method: SignInMethod, _ name: String) {
        counts.withLock { $0[SignInResult(method: method, name: name), default: 0] += 1 }
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

import Synchronization
import Tokens

/// A deviation of the provider from the specification, in spite of which people sign in, without what is
/// missing.
enum ProviderOddity: Hashable, Sendable, CustomStringConvertible {
    case userInfoStatus(Int)
    case userInfoSigned
    case userInfoNotJSON
    case userInfoWithoutSubject
    case userInfoFailed(OIDCFault)
    case unusableEndpoint(OIDCFault.Asked)
    case groupsUnreadable
    case groupsElsewhere

    /// The reason's name in events.
    var name: String {
        switch self {
        case .userInfoStatus(let status): "userinfo_status_\(status)"
        case .userInfoSigned: "userinfo_jwt"
        case .userInfoNotJSON: "userinfo_not_json"
        case .userInfoWithoutSubject: "userinfo_no_subject"
        case .userInfoFailed(let fault): "userinfo_\(fault.name)"
        case .unusableEndpoint(let endpoint): "unusable_endpoint_\(endpoint.rawValue)"
        case .groupsUnreadable: "groups_unreadable"
        case .groupsElsewhere: "groups_elsewhere"
        }
    }

    var description: String {
        switch self {
        case .userInfoStatus(let status):
            "its userinfo endpoint answers with status \(status); \(Self.without)"
        case .userInfoSigned:
            "its userinfo endpoint answers with a JWT instead of JSON (userinfo_signed_response_alg); "
                + Self.without
        case .userInfoNotJSON: "its userinfo endpoint does not answer with JSON; \(Self.without)"
        case .userInfoWithoutSubject:
            "its userinfo endpoint names no subject (`sub`); \(Self.without)"
        case .userInfoFailed(let fault):
            "its userinfo endpoint cannot be used (\(fault.name)); \(Self.without)"
        case .unusableEndpoint(let endpoint):
            "its discovery document has no https address for \(endpoint.rawValue)_endpoint, which is therefore "
                + "ignored"
        case .groupsUnreadable:
            "the groups claim is neither a string nor a list of strings; groups stay as they were"
        case .groupsElsewhere:
            "it sends a reference instead of the groups (`_claim_names`), so groups stay as they were: let it send "
                + "fewer groups, such as those that are assigned to this desk"
        }
    }

    private static let without =
        "people sign in without its data; names, e-mail addresses and groups stay as they were"
}

/// Limits reports to one an hour for each oddity.
final class OddityNotes: Sendable {
    private let reported = Mutex<[String: Timestamp]>([:])
    private static let span = TimeSpan.hours(1)

    /// Whether `oddity` was not reported within the hour. From then on it counts as reported.
    func isNew(_ oddity: ProviderOddity, at now: Timestamp) -> Bool {
        reported.withLock { reported in
            // A report in the future, by a clock that was ahead, does not count.
            if reported[oddity.name]?.isWithin(Self.span, before: now) ?? false { return false }
            reported[oddity.name] = now
            return true
        }
    }
}

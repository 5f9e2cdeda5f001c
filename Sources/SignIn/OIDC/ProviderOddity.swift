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
            "its userinfo endpoint answers with a JWT, where JSON is needed (userinfo_signed_response_alg); "
                + Self.without
        case .userInfoNotJSON: "its userinfo endpoint answers with something else than JSON; \(Self.without)"
        case .userInfoWithoutSubject:
            "its userinfo endpoint does not say whom it speaks of (`sub`); \(Self.without)"
        case .userInfoFailed(let fault):
            "its userinfo endpoint cannot be used (\(fault.name)); \(Self.without)"
        case .unusableEndpoint(let endpoint):
            "its discovery document names no https address for \(endpoint.rawValue)_endpoint, which counts "
                + "as not there"
        case .groupsUnreadable:
            "the claim for groups is neither a list of texts nor a text: groups stay as they were"
        case .groupsElsewhere:
            "it names a place where the groups are to be had in place of the groups (`_claim_names`): groups "
                + "stay as they were; let it tell fewer of them, such as those that are assigned to this desk"
        }
    }

    private static let without =
        "people sign in without what it would tell: names, e-mail addresses and groups stay as they were"
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

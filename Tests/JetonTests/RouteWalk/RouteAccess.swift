import HTTPServer
import Tokens

/// What a credential amounts to, wherever it is presented.
enum Standing: Hashable, Sendable {
    /// No credential at all.
    case nobody
    /// A browser in which a person is signed in, and one of an administrator.
    case person, administrator
    /// A token that works, without a scope at the desk itself; and with each of these.
    case holder, manager, rotator, provisioner
    /// A token with `jeton:scim` whose owner no longer administers.
    case formerProvisioner
    /// A token with `jeton:admin`, one with `jeton:audit`, and either of an owner who may not oversee, or no longer.
    case overseer, auditor, formerOverseer
    /// A token with `jeton:leaks`.
    case reporter
    /// The previous secret of a token that is being rotated, which works where tokens are used and nowhere else.
    case previous
    /// A service's own name and secret.
    case service
    /// A token that is refused everywhere, with the status and the reason.
    case refused(Int, String)

    var isSession: Bool { self == .person || self == .administrator }
    var isToken: Bool { !isSession && self != .nobody && self != .service }
}

/// What a response has to be.
enum RouteAnswer: Hashable, Sendable, CustomStringConvertible {
    case status(Int)
    /// The status with `X-Jeton-Reason`.
    case reason(Int, String)
    /// The status with a problem of that kind (RFC 9457).
    case problem(Int, String)
    /// Leads to an address that begins so; `/` stands for this address alone.
    case leads(String)
    /// Leads to the sign-in page.
    case signIn

    func fits(_ response: Response) -> Bool {
        let location = response.headers["location"] ?? ""
        switch self {
        case .status(let status): return response.status == status
        case .reason(let status, let reason):
            return response.status == status && response.headers["x-jeton-reason"] == reason
        case .problem(let status, let kind):
            return response.status == status
                && String(decoding: response.body, as: UTF8.self).contains("urn:jeton:problem:\(kind)\"")
        case .leads("/"): return response.status == 303 && location == "/"
        case .leads(let path): return response.status == 303 && location.hasPrefix(path)
        case .signIn:
            return response.status == 303 && (location == "/" || location.hasPrefix("/?return_to="))
        }
    }

    /// Whether it cannot be told from a closed door.
    var looksRefused: Bool {
        switch self {
        case .status(let status): [401, 403, 404].contains(status)
        case .reason, .signIn, .leads("/"): true
        case .problem, .leads: false
        }
    }

    var description: String {
        switch self {
        case .status(let status): "\(status)"
        case .reason(let status, let reason): "\(status) \(reason)"
        case .problem(let status, let kind): "\(status) with the problem \(kind)"
        case .leads(let path): "303 to \(path)"
        case .signIn: "303 to the sign-in page"
        }
    }
}

/// Who is let in at a route.
enum RouteAccess: Hashable, Sendable {
    /// A page for everybody.
    case anybody
    /// A page for people who are signed in, and for administrators only. No page takes a token.
    case person, administrator
    /// As for a person, about service accounts of which an administrator sees everybody's.
    case attending
    /// Answers everybody alike, whatever they present: for programs.
    case anyProgram
    /// The API, for whoever is known: a token that works, or a session.
    case known
    /// The API, for a session or `jeton:manage`.
    case managing
    /// The API, for a session alone.
    case signedIn
    /// As managing, about service accounts of which an administrator at a browser sees everybody's; and only for such
    /// an administrator.
    case stewarding, administering
    /// As managing, and for a token about itself; and as managing, but about itself only for a token with
    /// `jeton:rotate`.
    case itself, itselfRotating
    /// The administration API: reading, and acting. For an administrator at a browser, too.
    case auditing, overseeing
    /// Reports of leaks: for `jeton:leaks` and `jeton:admin`, and for an administrator at a browser.
    case reporting
    /// For a token with access to a service, which is got for another one; and to a service itself.
    case exchanging, verifying
    /// SCIM.
    case provisioning
    /// OAuth, for services; and for anybody who does not claim to be one.
    case service, serviceOrAnybody

    /// Whether it is a page, with forms that carry a proof.
    var isPage: Bool { [.anybody, .person, .attending, .administrator].contains(self) }
    /// Whether a browser's session counts.
    var takesSessions: Bool {
        isPage
            || [
                .known, .managing, .signedIn, .stewarding, .administering, .itself, .itselfRotating,
                .auditing, .overseeing, .reporting,
            ].contains(self)
    }
    /// Whether the identifiers in its path are of the caller's own things only.
    var isOfOwnThings: Bool {
        ![.administrator, .administering, .provisioning, .auditing, .overseeing].contains(self)
    }
    /// Whether such a caller, who is let in, sees what belongs to others.
    func showsOthers(to standing: Standing) -> Bool {
        !isOfOwnThings || (self == .stewarding || self == .attending) && standing == .administrator
    }

    /// Whether a caller is let in, or what they get instead.
    func refusal(of standing: Standing) -> RouteAnswer? {
        switch self {
        case .anybody, .anyProgram: nil
        case .person, .attending: standing.isSession ? nil : .signIn
        case .administrator:
            standing == .administrator ? nil : standing == .person ? .status(403) : .signIn
        case .service: standing == .service ? nil : .status(401)
        case .serviceOrAnybody:
            standing == .service || standing == .nobody || standing.isSession ? nil : .status(401)
        case .administering where standing == .person, .auditing where standing == .person,
            .overseeing where standing == .person, .reporting where standing == .person:
            .reason(403, "insufficient_scope")
        case .known, .managing, .signedIn, .stewarding, .administering, .itself, .itselfRotating, .exchanging,
            .verifying, .provisioning, .auditing, .overseeing, .reporting:
            refusalByToken(of: standing)
        }
    }

    private func refusalByToken(of standing: Standing) -> RouteAnswer? {
        switch standing {
        case .refused(let status, let reason): .reason(status, reason)
        case .nobody: .reason(401, "no_credentials")
        case .service: .reason(401, "not_a_token")
        case .previous:
            self == .verifying || self == .provisioning ? nil : .reason(403, "previous_secret")
        case .person, .administrator: takesSessions ? nil : .reason(401, "no_credentials")
        case .holder, .manager, .rotator, .provisioner, .formerProvisioner, .overseer, .auditor,
            .formerOverseer, .reporter:
            takes(standing) ? nil : .reason(403, "insufficient_scope")
        }
    }

    /// Whether a token that works may do this.
    private func takes(_ token: Standing) -> Bool {
        switch self {
        case .managing, .stewarding: token == .manager
        case .signedIn, .administering: false
        case .itselfRotating: token == .rotator
        case .exchanging, .verifying:
            ![.provisioner, .formerProvisioner, .overseer, .auditor, .formerOverseer, .reporter]
                .contains(token)
        case .auditing: token == .overseer || token == .auditor
        case .overseeing: token == .overseer
        case .reporting: token == .overseer || token == .reporter
        case .provisioning: token == .provisioner
        default: true
        }
    }

    /// Whether a token that is let in may be so for itself alone.
    var isAboutItself: Bool { self == .itself || self == .itselfRotating }

    /// As ``refusal(of:)``, of what is not the presented token itself.
    func refusalBesides(of standing: Standing) -> RouteAnswer? {
        (isAboutItself ? RouteAccess.managing : self).refusal(of: standing)
    }

    /// The scopes with which a token that works is let in.
    var scopes: [String] {
        switch self {
        case .provisioning: ["jeton:scim"]
        case .auditing, .overseeing: ["jeton:admin"]
        case .reporting: ["jeton:leaks"]
        default: ["maven", "jeton:manage", "jeton:rotate"]
        }
    }
}

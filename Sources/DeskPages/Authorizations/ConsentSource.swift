import Desk
import HTTPServer
import JSON
import OAuth
import SignIn
import Sodium
import Tokens

/// What a person is asked to decide about: a program that sent their browser here, or one that waits elsewhere.
struct ConsentSource: Sendable {
    enum Way: Sendable {
        /// The browser goes back to the program.
        case browser(AuthorizationRequest.Destination, challenge: String)
        /// The program polls. A device has the code that the person typed.
        case waiting(Authorization, typed: String?)
    }

    let asked: AuthorizationDesk.Asked
    /// How the desk knows the program.
    let client: OAuthClient.Source
    let way: Way
    /// When the program asked.
    let at: Timestamp

    /// The host to which the browser goes back; `nil` where it goes to the person's own machine, or nowhere.
    var remoteHost: String? {
        guard case .browser(let destination, _) = way, !destination.registered.isLoopback else { return nil }
        return destination.registered.source
    }

    /// Whether somebody else may have asked: the program waits, and its address is not the reader's.
    func isElsewhere(from address: String) -> Bool {
        guard case .waiting = way else { return false }
        guard let mine = IPAddress(address), let theirs = IPAddress(asked.address) else { return true }
        return mine.network != theirs.network
    }

    /// Where the form is sent.
    var path: DeskPath {
        switch way {
        case .browser: .authorizeAnswer
        case .waiting(_, .some): .deviceAnswer
        case .waiting(let authorization, nil): .programSignIn(authorization.id)
        }
    }

    /// What the form's policy has to allow beside the desk itself, since browsers apply it to the redirect as well.
    var redirectSource: String? {
        if case .browser(let destination, _) = way { destination.registered.source } else { nil }
    }
}

/// Carries a request for a code through the form that decides about it, so that it is neither read again nor changed.
///
/// It is encrypted for one session, and good for ten minutes.
struct SealedRequest: Sendable {
    private let box: SecretBox

    private static let lasting = TimeSpan.minutes(10)

    init(key: KeyedHash) {
        box = SecretBox(key, purpose: "authorization request")
    }

    func seal(_ source: ConsentSource, for session: Int64) -> String {
        guard case .browser(let destination, let challenge) = source.way else { return "" }
        let host: JSONValue
        switch source.client {
        case .desk: host = .null
        case .document(let name): host = .string(name)
        case .itself: host = ""
        }
        let document: JSONValue = [
            "session": .integer(session), "at": .integer(source.at.milliseconds),
            "client": .string(source.asked.client), "title": .string(source.asked.clientTitle), "host": host,
            "scopes": .array(source.asked.scopes.map { .string($0.text) }),
            "resource": .optional(source.asked.resource?.text), "address": .string(source.asked.address),
            "agent": .string(source.asked.agent), "redirect_uri": .string(destination.redirectURI),
            "registered": .string(destination.registered.text), "state": .optional(destination.state),
            "challenge": .string(challenge),
        ]
        return box.seal(Array(document.text.utf8))
    }

    /// What was sealed for `session` in the last ten minutes; `nil` for anything else.
    func open(_ sealed: String, for session: Int64, at now: Timestamp) -> ConsentSource? {
        guard let bytes = box.open(sealed), let document = try? JSONValue(parsing: bytes),
            document["session"] == .integer(session), case .integer(let moment)? = document["at"],
            let client = document["client"]?.string, let title = document["title"]?.string,
            let redirectURI = document["redirect_uri"]?.string, let challenge = document["challenge"]?.string,
            let registered = document["registered"]?.string.flatMap(RedirectURI.init)
        else { return nil }
        let at = Timestamp(milliseconds: moment)
        guard at.isWithin(Self.lasting, before: now) else { return nil }
        let known: OAuthClient.Source =
            switch document["host"]?.string {
            case nil: .desk
            case ""?: .itself
            case let host?: .document(host: host)
            }
        let asked = AuthorizationDesk.Asked(
            client: client, clientTitle: title,
            scopes: document["scopes"]?.array?.compactMap { $0.string.flatMap(Scope.init) } ?? [],
            resource: document["resource"]?.string.flatMap { try? ServiceName($0) },
            address: document["address"]?.string ?? "", agent: document["agent"]?.string ?? "")
        let destination = AuthorizationRequest.Destination(
            redirectURI: redirectURI, registered: registered, state: document["state"]?.string)
        return ConsentSource(
            asked: asked, client: known, way: .browser(destination, challenge: challenge), at: at)
    }
}

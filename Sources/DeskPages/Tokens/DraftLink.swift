import Desk
import HTTPServer
import Tokens

/// A form for a new token, filled in by the query of a link:
///
///     /tokens/new?name=CI&service=git&access=write&path=/team/app.git&service=maven&access=read
///
/// The access and the path belong to the service before them. A link only chooses services: no scope at the desk, no
/// addresses and no expiry. What it says is shown in the form and nowhere else, so it cannot put a text of its own
/// on a page.
struct DraftLink: Sendable, Hashable {
    private(set) var draft = TokenDraft()
    /// Whether the request has a query at all.
    private(set) var isThere = false
    /// What could not be used, each once.
    private(set) var remarks: [Remark] = []

    /// Why a part of a link was not used.
    enum Remark: Hashable, Sendable {
        case tooLong, name, service, desk, access, repeated, tooManyServices, parameter
        /// With the title of the service.
        case path(String)

        var sentence: String {
            switch self {
            case .tooLong: "It is longer than \(NewTokenLink.limit) characters, so nothing of it was read."
            case .name: "The name in it cannot be the name of a token. Type one."
            case .service: "It names a service that is not at this desk, or that you may not have tokens for."
            case .desk: "It names access to this desk itself, which no link may choose."
            case .access: "It names an access other than read and write. Read was chosen."
            case .repeated: "It names a service or the name twice. The first one counts."
            case .tooManyServices:
                "It names more than \(NewTokenLink.serviceLimit) services. The rest was left out."
            case .parameter: "It has a parameter that is not known here, or one in the wrong place."
            case .path(let title):
                "The path in it does not fit \(title). Without one, the token can be used for all of it."
            }
        }
    }

    /// The form without a link.
    init() {}

    /// Reads the query of `request`, for a person who may have tokens for `services`.
    init(_ request: Request, services: [Service], format: TokenFormat) {
        guard request.query?.isEmpty == false else { return }
        isThere = true
        guard request.target.utf8.count <= NewTokenLink.limit else {
            note(.tooLong)
            return
        }
        var place = Position.start
        for (name, value) in request.queryItems.inOrder {
            switch NewTokenLink.Parameter(rawValue: name) {
            case .name: read(name: value, format)
            case .service: place = read(service: value, among: services)
            case .access: read(access: value, at: place)
            case .path: read(path: value, at: place)
            case nil: note(.parameter)
            }
        }
    }

    /// What an access or a path belongs to.
    private enum Position {
        /// No service has been named yet.
        case start
        /// A service that was left out, and its access and path with it.
        case ignored
        case service(Service)
    }

    private mutating func note(_ remark: Remark) {
        if !remarks.contains(remark) { remarks.append(remark) }
    }

    private mutating func read(name text: String, _ format: TokenFormat) {
        guard draft.name.isEmpty else { return note(.repeated) }
        // What looks like a secret is not repeated on a page.
        guard !format.isFound(in: text), let name = try? TokenName(text) else { return note(.name) }
        draft.name = name.text
    }

    private mutating func read(service name: String, among services: [Service]) -> Position {
        // Not every service: the reader has to choose, if nothing can be chosen for them.
        draft.isLimited = true
        guard let service = services.first(where: { $0.name.text == name }) else {
            note(name == ServiceName.desk || name.hasPrefix("\(ServiceName.desk):") ? .desk : .service)
            return .ignored
        }
        guard draft.access[name] == nil else {
            note(.repeated)
            return .ignored
        }
        guard draft.access.count < NewTokenLink.serviceLimit else {
            note(.tooManyServices)
            return .ignored
        }
        draft.access[name] = Access.read.rawValue
        return .service(service)
    }

    private mutating func read(access text: String, at place: Position) {
        switch place {
        case .start: note(.parameter)
        case .ignored: break
        case .service(let service):
            guard let access = Access(rawValue: text) else { return note(.access) }
            draft.access[service.name.text] = access.rawValue
        }
    }

    private mutating func read(path text: String, at place: Position) {
        switch place {
        case .start: note(.parameter)
        case .ignored: break
        case .service(let service):
            guard let path = ServicePath(text), service.fault(narrowingTo: path) == nil else {
                return note(.path(service.title))
            }
            draft.below[service.name.text] = path.text
        }
    }
}

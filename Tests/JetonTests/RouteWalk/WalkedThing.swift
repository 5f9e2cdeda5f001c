import Ledger
import TestHouse
import Tokens

/// What the identifier in a route's path stands for.
enum WalkedThing: Hashable, Sendable {
    case token, person, group, request
    /// A person by their login.
    case personLogin
    /// A service account by its login.
    case accountLogin
    /// A service account, of which its owner is a steward.
    case account
    /// An incident, by its number.
    case incident
    /// A selection of tokens to change.
    case selection
    case decoy

    /// The parameters that identify a thing.
    static let parameters = ["{id}", "{login}", "{number}", "{selection}"]

    /// By the last two segments that name it.
    private static let byName: [String: WalkedThing] = [
        "tokens/{id}": .token, "people/{id}": .person, "Users/{id}": .person, "Groups/{id}": .group,
        "accounts/{login}": .accountLogin, "people/{login}": .personLogin,
        "accounts/{id}": .account,
        "requests/{id}": .request, "incidents/{number}": .incident,
        "decoys/{id}": .decoy, "bulk/{selection}": .selection, "selections/{selection}": .selection,
    ]

    /// What a pattern's identifier stands for; `nil` where nobody said so yet.
    init?(in pattern: String) {
        let segments = pattern.split(separator: "/")
        guard let place = segments.firstIndex(where: { Self.parameters.contains(String($0)) }), place > 0,
            let thing = Self.byName["\(segments[place - 1])/\(segments[place])"]
        else { return nil }
        self = thing
    }

    /// The identifier of a caller's own, which is made where they have none.
    func own(of caller: WalkCaller, in house: WalkHouse) async throws -> String {
        switch self {
        case .token: caller.token.id.text
        case .person: caller.owner.id.text
        case .personLogin: caller.owner.login.text
        case .group: try await make(in: house)
        case .accountLogin: try await house.account(of: caller.owner).login.text
        case .account: try await house.account(of: caller.owner).id.text
        case .request: try await house.request(of: caller.owner).id.text
        case .incident: try await make(in: house)
        case .selection: try await house.selection(of: caller.owner).id.text
        case .decoy: try await house.decoy(of: caller.owner).id.text
        }
    }

    /// The identifier of one that is new to the house.
    func make(in house: WalkHouse) async throws -> String {
        switch self {
        case .token: try await house.visitor(administrator: false).token.id.text
        case .person: try await house.identifiedPerson().id.text
        case .personLogin: try await house.newPerson().login.text
        case .group: try await house.group().id.text
        case .accountLogin: try await house.account(of: nil).login.text
        case .account: try await house.account(of: house.newPerson()).id.text
        case .request: try await house.request(of: house.newPerson()).id.text
        case .incident: String(try await house.incident().number)
        case .selection: try await house.selection(of: house.newPerson()).id.text
        case .decoy: try await house.decoy(of: house.newPerson()).id.text
        }
    }

    /// The identifier of one that is not there.
    var unknown: String {
        switch self {
        case .token: TokenID(number: 1 << 40).text
        case .person, .account: SubjectID(number: 1 << 40).text
        case .group: GroupID(number: 1 << 40).text
        case .accountLogin: "bot-nowhere"
        case .personLogin: "nowhere"
        case .request: RequestID(number: 1 << 40).text
        case .incident: "1000000"
        case .selection: SelectionID(number: 1 << 40).text
        case .decoy: TokenID(number: 1 << 40).text
        }
    }
}

import HTTPServer
import JSON
import Ledger
import ProviderKit
import Sodium
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import SignIn

/// A desk with a provider, and a browser that goes from one to the other.
final class Trip: Sendable {
    static let key = SigningKey(.rsa(bits: 2048), id: "one")
    static let otherKey = SigningKey(.rsa(bits: 2048), id: "two")

    let house: TestHouse
    let provider: HostileProvider
    let signIn: ProviderSignIn
    let sessions: Sessions
    private let warned = Warnings()

    private final class Warnings: Sendable {
        let all = Mutex<[String]>([])
    }

    /// What was written to the operator's log.
    var warnings: [String] { warned.all.withLock(\.self) }

    /// The provider's timeout is `timeout` milliseconds: long, where the machine is busy.
    init(timeout: Int = 60_000, _ change: (inout OIDCSettings) -> Void = { _ in }) throws {
        house = try TestHouse()
        provider = try HostileProvider(clock: house.clock, key: Self.key)
        var oidc = OIDCSettings(
            issuer: provider.issuer, clientID: provider.clientID, deskAddress: "http://desk.test")
        oidc.clientSecret = ClientSecret(provider.clientSecret)
        change(&oidc)
        sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: SignInSettings())
        let warned = warned
        signIn = ProviderSignIn(
            ledger: house.ledger, sessions: sessions, clock: house.clock, key: house.key,
            settings: SignInSettings(), oidc: oidc, timeout: timeout
        ) { warning in warned.all.withLock { $0.append(warning) } }
    }

    /// What a browser brings back from the provider.
    struct Way: Sendable {
        var cookie: String
        var state: String
        var code: String
        var extra = ""

        /// The callback's request.
        var request: Request {
            Request(
                "GET", "/sign-in/callback?code=\(code)&state=\(state)\(extra)", headers: ["Cookie": cookie])
        }
    }

    /// Goes to the provider, and gets a code.
    func leave(returnTo: String? = nil, with cookie: String = "") async throws -> Way {
        let redirect = try await signIn.begin(
            returnTo: returnTo, at: Request("GET", "/sign-in/oidc", headers: ["Cookie": cookie]))
        let items = Request("GET", redirect.location).queryItems
        let cookie = redirect.cookies[0].prefix { $0 != ";" }
        return Way(
            cookie: String(cookie), state: try #require(items["state"]),
            code: provider.authorize(redirect.location))
    }

    /// A whole sign-in.
    @discardableResult
    func go() async throws -> ProviderSignIn.CompletedSignIn {
        try await signIn.finish(try await leave().request)
    }

    /// The reason for which a sign-in is refused, which is an event of that name.
    func refusal(_ way: Way? = nil) async throws -> OIDCFault? {
        let request =
            if let way { way.request } else { try await leave().request }
        do {
            _ = try await signIn.finish(request)
            return nil
        } catch let fault as OIDCFault {
            let events = try await house.ledger.events(about: nil, before: nil, limit: 1)
            #expect(events.first?.kind == .signInRefused)
            #expect(events.first?.detail.hasPrefix(fault.name) == true, "\(fault)")
            #expect(try await house.ledger.subjects(matching: "alice").isEmpty)
            return fault
        }
    }

    /// A request with the cookies of a completed sign-in.
    func request(of completed: ProviderSignIn.CompletedSignIn) -> Request {
        let pairs = completed.cookies.map { $0.prefix { $0 != ";" } }
        return Request("GET", "/", headers: ["Cookie": pairs.joined(separator: "; ")])
    }
}

/// Runs `body` with a trip whose provider stops afterwards.
func withTrip(
    timeout: Int = 60_000, _ change: (inout OIDCSettings) -> Void = { _ in },
    _ body: (Trip) async throws -> Void
) async throws {
    let trip = try Trip(timeout: timeout, change)
    do {
        try await body(trip)
    } catch {
        await trip.provider.stop()
        throw error
    }
    await trip.provider.stop()
}

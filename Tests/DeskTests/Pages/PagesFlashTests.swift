import HTTPServer
import Sodium
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("The sentence that says what was done")
struct PagesFlashTests {
    private let house: TestHouse
    private let alice = SubjectID(number: 1)
    private let bob = SubjectID(number: 2)

    init() throws {
        house = try TestHouse()
    }

    private func notices(key: KeyedHash? = nil, isSecure: Bool = true) -> FlashCookie {
        FlashCookie(key: key ?? house.key, clock: house.clock, isSecure: isSecure)
    }

    private func request(_ cookie: String, method: String = "GET") -> Request {
        Request(method, "/", headers: ["Cookie": String(cookie.split(separator: ";")[0])])
    }

    @Test("is for the reader who did it, on any node, for a minute")
    func reader() {
        let sent = request(notices().hold(Done("Done."), for: alice))
        #expect(notices().sentence(in: sent, for: alice) == "Done.")
        #expect(notices().sentence(in: sent, for: bob) == nil)
        #expect(notices().sentence(in: sent, for: nil) == nil)
        let signedOut = request(notices().hold(.signedOut, for: nil))
        #expect(notices().sentence(in: signedOut, for: nil) == "You are signed out.")
        #expect(notices().sentence(in: signedOut, for: alice) == nil)
        house.pass(.minutes(1))
        #expect(notices().sentence(in: sent, for: alice) == nil)
    }

    @Test("nobody else can make the desk say something, or read in the cookie what it says")
    func sealed() throws {
        let cookie = notices().hold(Done("Token “ci” of alice revoked."), for: alice)
        #expect(cookie.hasPrefix("__Host-jeton-notice=") && !cookie.contains("ci"))
        for word in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
            #expect(cookie.contains("; \(word)"))
        }
        #expect(notices(isSecure: false).hold(Done("x"), for: nil).hasPrefix("jeton-notice="))
        let foreign = try #require(KeyedHash(key: [UInt8](repeating: 9, count: KeyedHash.keyLength)))
        let forged = request(notices(key: foreign).hold(Done("Call this number."), for: alice))
        #expect(notices().sentence(in: forged, for: alice) == nil)
        // A cookie that was sealed for something else says nothing either.
        let reveal = SecretReveal(key: house.key, ledger: house.ledger, clock: house.clock, isSecure: true)
        let other = reveal.hold("secret", about: 1, for: .init(number: 1))
            .replacing("jeton-reveal", with: "jeton-notice")
        #expect(notices().sentence(in: request(other), for: alice) == nil)
        for broken in [cookie.replacing("notice=", with: "notice=A"), "__Host-jeton-notice=", "x=y"] {
            #expect(notices().sentence(in: request(broken), for: alice) == nil)
        }
    }

    @Test("fits a cookie, whatever the names are")
    func long() {
        let name = String(repeating: "界", count: 2000)
        let cookie = notices().hold(Done(name), for: alice)
        #expect(cookie.utf8.count < 4000)
        #expect(notices().sentence(in: request(cookie), for: alice).map(name.hasPrefix) == true)
    }

    @Test("goes with the page that says it, and stays for the next where none was shown")
    func removed() {
        let sent = request(notices().hold(Done("Done."), for: alice))
        func removes(_ response: Response, _ request: Request) -> Bool {
            notices().removed(by: response, to: request).headers.all("set-cookie")
                .contains { $0.hasPrefix("__Host-jeton-notice=;") && $0.contains("Max-Age=0") }
        }
        let page = Response(.html, "page")
        #expect(removes(page, sent))
        #expect(!removes(.seeOther("/tokens"), sent))
        #expect(!removes(Response(.csv, "a,b"), sent))
        #expect(!removes(page, request(notices().hold(Done("Done."), for: alice), method: "HEAD")))
        #expect(!removes(page, Request("GET", "/")))
        let next = page.setting([notices().hold(Done("More."), for: alice)])
        #expect(!removes(next, sent))
    }
}

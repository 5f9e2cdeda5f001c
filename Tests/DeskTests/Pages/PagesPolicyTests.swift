import HTTPServer
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

/// The form under each rule, and the page of the policy.
@Suite("Pages: rules about tokens")
struct PagesPolicyTests {
    private func offer(_ service: String? = nil, _ change: (inout TokenRules) -> Void) throws -> TokenOffer {
        var policy = TokenPolicy()
        if let service {
            change(&policy.services[try ServiceName(service), default: TokenRules()])
        } else {
            change(&policy.all)
        }
        return TokenOffer(policy, to: PagesGallery.alice, services: PagesGallery.services)
    }

    private func form(_ offer: TokenOffer, _ draft: TokenDraft = TokenDraft()) -> String {
        NewTokenForm(draft: draft, offer: offer, now: PagesGallery.now, proof: PagesGallery.proof).html.markup
    }

    private func day(_ span: TimeSpan) -> String {
        CivilDay(number: (PagesGallery.now + span).day).fullWords
    }

    @Test("without rules, the form says nothing of them")
    func none() throws {
        let html = form(try offer { _ in })
        #expect(html.contains(#"id="services-every""#))
        #expect(html.contains(#"id="expires-never""#))
        #expect(!html.contains(#"id="expires-default""#))
        #expect(!html.contains("unless you choose"))
    }

    @Test("the longest lifetime limits the choices, and says the date")
    func maxLifetime() throws {
        let html = form(try offer { $0.maxLifetime = .days(60) })
        #expect(html.contains("Expires on \(day(.days(60))) unless you choose earlier."))
        #expect(!html.contains(#"id="expires-never""#))
        #expect(html.contains(#"id="expires-30d""#))
        #expect(!html.contains(#"id="expires-90d""#))
        #expect(html.contains(#"max="\#((PagesGallery.now + .days(60)).date)""#))
        let checked = html.split(separator: "<").filter { $0.contains(" checked") && $0.contains("expires") }
        #expect(checked.count == 1 && checked[0].contains(#"value="default""#))
    }

    @Test("a default is what happens where nobody chooses")
    func defaultLifetime() throws {
        #expect(
            form(try offer { $0.defaultLifetime = .days(90) }).contains(
                "Expires on \(day(.days(90))) unless you choose otherwise."))
        #expect(
            form(try offer { ($0.defaultLifetime, $0.maxLifetime) = (.days(90), .days(365)) }).contains(
                "Expires on \(day(.days(90))) unless you choose another day, until \(day(.days(365)))."))
        let html = form(try offer("git") { $0.maxLifetime = .days(7) })
        #expect(html.contains("Never expires unless you choose otherwise."))
        #expect(html.contains("it expires on \(day(.days(7))), or earlier."))
    }

    @Test("what is not allowed is not offered")
    func reach() throws {
        let html = form(try offer { $0.refusesEveryService = true })
        #expect(!html.contains(#"id="services-every""#))
        #expect(html.contains("tokens.every_service"))
        let excluded = form(try offer("git") { $0.who = .serviceAccounts })
        #expect(!excluded.contains(#"id="access.git""#))
        #expect(excluded.contains("Not for you by the rules of this desk"))
        let nobody = form(try offer { $0.who = .serviceAccounts })
        #expect(!nobody.contains("<form"))
        #expect(nobody.contains("Only service accounts may have tokens here."))
    }

    @Test("what is needed is marked")
    func needed() throws {
        let bound = form(try offer { $0.needsAddresses = true })
        #expect(bound.contains("Every token has to be bound to addresses here."))
        let input = bound.split(separator: "<").first {
            $0.contains(#"id="addresses""#) && $0.hasPrefix("input")
        }
        #expect(input?.contains("required") == true)
        let partly = form(try offer("git") { $0.needsAddresses = true })
        #expect(partly.contains("Needed for access to Studio projects over Git"))
        #expect(partly.contains(#"<details class="more" open"#))
        #expect(form(try offer { $0.needsPaths = true }).contains("Needed for access to this service."))
    }

    @Test("the policy's page explains how to begin, and lists rules and people")
    func page() async throws {
        let empty = PolicyPage(count: nil, now: PagesGallery.now).content.markup
        #expect(empty.contains("There are no rules"))
        #expect(empty.contains("jeton policy check --config jeton.yaml"))
    }
}

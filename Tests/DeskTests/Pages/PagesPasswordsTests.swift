import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: passwords in use")
struct PagesPasswordsTests {
    private static let end = Timestamp(date: "2026-03-01")

    private func house(_ passwords: PasswordPolicy = .transition(until: end)) throws -> PagesHouse {
        try PagesHouse(services: [
            Service(name: try ServiceName("maven"), title: "Maven repository", passwords: passwords),
            Service(name: try ServiceName("git"), title: "Git", kind: .git),
        ])
    }

    private func use(
        _ owner: Subject, in house: PagesHouse, at service: String = "maven", client: String = "Maven 3.8.7",
        ago: TimeSpan = .seconds(0)
    ) async throws {
        try await house.house.ledger.record(passwordUses: [
            PasswordUse(
                subject: owner.id, service: service, address: "192.0.2.9", client: client,
                lastAt: house.house.clock.now - ago, count: 3)
        ])
    }

    @Test("are for administrators, who find them where there is something to tell")
    func whoSees() async throws {
        let open = try house()
        let (bob, _) = try await open.browser("bob")
        #expect(await bob.get("/admin/passwords").status == 403)
        #expect(await bob.get("/admin/passwords.csv").status == 403)
        #expect(await !bob.get("/tokens").text.contains("/admin/passwords"))
        let (alice, _) = try await open.browser("alice", administrator: true)
        #expect(await alice.get("/tokens").text.contains(#"href="/admin/passwords""#))

        let closed = try house(.refused)
        let (carol, subject) = try await closed.browser("carol", administrator: true)
        #expect(await !carol.get("/tokens").text.contains("/admin/passwords"))
        #expect(await carol.get("/admin/passwords").text.contains("No service accepts passwords."))
        try await use(subject, in: closed)
        #expect(await carol.get("/tokens").text.contains(#"href="/admin/passwords""#))
    }

    @Test("say who, where, with what, from where, how often and when, and how many remain")
    func report() async throws {
        let house = try house()
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let empty = await browser.get("/admin/passwords").text
        #expect(empty.contains("Nobody used a password in the last 30 days."))
        #expect(empty.contains("1 Mar 2026"))
        let bob = try await house.house.person("bob", name: "Bob & Sons")
        try await use(bob, in: house)
        try await use(bob, in: house, client: "curl 8.5")
        try await use(alice, in: house, at: "git", client: "Git 2.39", ago: .days(40))
        let page = await browser.get("/admin/passwords").text
        for text in ["<strong>bob</strong>", "Bob &amp; Sons", "Maven 3.8.7", "curl 8.5", "192.0.2.9"] {
            #expect(page.contains(text))
        }
        #expect(!page.contains("Git 2.39"))
        let quarter = await browser.get("/admin/passwords?service=git&since=90d").text
        #expect(quarter.contains("Git 2.39") && !quarter.contains("curl 8.5"))
        #expect(quarter.contains("/admin/passwords.csv?service=git&amp;since=90d"))
        #expect(await browser.get("/admin/passwords?service=%00&since=1000y").status == 200)
    }

    @Test("come as CSV, in which nothing is a formula")
    func csv() async throws {
        let house = try house()
        let (browser, _) = try await house.browser("alice", administrator: true)
        let eve = try await house.house.person("@eve", name: "=HYPERLINK(\"http://evil.example\",\"x\")")
        try await use(eve, in: house, client: "-2+3")
        let answer = await browser.get("/admin/passwords.csv")
        #expect(answer.headers["content-type"] == "text/csv; charset=utf-8")
        #expect(answer.headers["content-disposition"] == #"attachment; filename="passwords.csv""#)
        #expect(
            answer.text == """
                login,name,service,client,address,times,last\r
                "'@eve","'=HYPERLINK(""http://evil.example"",""x"")",maven,"'-2+3",192.0.2.9,3,2026-01-31T08:00:00Z\r

                """)
    }

    @Test(
        "cells of a spreadsheet are text",
        arguments: [
            ("plain", "plain"), ("=1", "\"'=1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@x", "\"'@x\""),
            ("\t=1", "\"'\t=1\""), (" =1", "\"' =1\""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""),
            ("a=b", "a=b"), ("", ""),
        ])
    func cell(_ cell: String, _ written: String) {
        #expect(CSV([cell, "x"]).text == "\(written),x\r\n")
    }

    @Test("are told to their owner, until when, and what to do")
    func notice() async throws {
        let house = try house()
        let (browser, alice) = try await house.browser("alice")
        #expect(await !browser.get("/tokens").text.contains("Your password was used"))
        let bob = try await house.house.person("bob")
        try await use(bob, in: house)
        try await use(alice, in: house, ago: .days(31))
        #expect(await !browser.get("/tokens").text.contains("Your password was used"))
        try await use(alice, in: house)
        let page = await browser.get("/tokens").text
        #expect(page.contains("Your password was used by a tool"))
        #expect(page.contains("<strong>Maven repository</strong> by Maven 3.8.7 from 192.0.2.9"))
        #expect(
            page.contains(
                "Passwords work there until <time datetime=\"2026-03-01T00:00:00Z\">1 Mar 2026</time>"))
        house.house.pass(.days(29))
        #expect(await browser.get("/tokens").status == 303)
        let again = PagesBrowser(house.application)
        await again.signIn("alice")
        #expect(await again.get("/tokens").text.contains("Passwords are refused there now."))
    }
}

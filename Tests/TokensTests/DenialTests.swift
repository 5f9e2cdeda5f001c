import Testing
import Tokens

@Suite("Denials")
struct DenialTests {
    @Test(
        "each denial has its status",
        arguments: [
            (Denial.noCredentials, "no_credentials", 401), (.severalCredentials, "several_credentials", 400),
            (.notAToken, "not_a_token", 401), (.unknownToken, "unknown_token", 401),
            (.starting, "starting", 503), (.revoked, "revoked", 401),
            (.tokenInText, "not_a_token", 401), (.brokenToken, "not_a_token", 401),
            (.neitherTokenNorPassword, "not_a_token", 401),
            (.expired, "expired", 401), (.ownerSuspended, "owner_suspended", 403),
            (.signInNeeded, "sign_in_needed", 403), (.wrongLogin, "wrong_login", 401),
            (.addressNotAllowed, "address_not_allowed", 403), (.notEntitled, "not_entitled", 403),
            (.insufficientScope, "insufficient_scope", 403),
            (.writesFromCIOnly, "writes_from_ci_only", 403), (.policy, "policy", 403),
            (.unknownService, "unknown_service", 500), (.tooManyFailures, "too_many_failures", 429),
            (.wrongPassword, "wrong_password", 401), (.tooManyPasswords, "too_many_passwords", 429),
            (.passwordUnchecked, "password_unchecked", 502),
            (.stale, "stale", 503),
        ] as [(Denial, String, Int)])
    func status(denial: Denial, name: String, status: Int) {
        #expect(denial.reason == name)
        #expect(denial.status == status)
    }

    @Test("401 is for credentials that are bad for good, since clients delete them")
    func lasting() {
        let passing: [Denial] = [
            .starting, .paused, .previousSecret, .ownerSuspended, .signInNeeded, .addressNotAllowed,
            .notEntitled, .insufficientScope, .writesFromCIOnly, .policy,
            .unknownService, .tooManyFailures, .tooManyPasswords, .passwordUnchecked, .stale,
        ]
        for denial in passing { #expect(denial.status != 401 && denial.status != 404) }
        #expect(Denial.unknownService.retryAfter == nil, "trying again would not help")
    }

    @Test("each denial says in one line what to do", arguments: Denial.allCases)
    func sentence(denial: Denial) throws {
        let desk = "https://tokens.example.com/tokens"
        let link = NewTokenLink(try ServiceName("maven"), .write)
        let sentence = denial.sentence(service: "Maven", access: .write, desk: desk, link: link)
        #expect(sentence.split(whereSeparator: { $0.isNewline }).count == 1)
        let leadsToTheForm = sentence.hasSuffix("\(desk)/new?service=maven&access=write")
        let leading: Set<Denial> = [
            .signInNeeded, .wrongLogin, .paused, .rotationNeeded, .previousSecretRevoked,
            .previousSecretExpired,
            .policy, .writesFromCIOnly,
        ]
        let leadsToTheDesk = leading.contains(denial) && sentence.hasSuffix(" \(desk)")
        let leadsToAPerson = sentence.hasSuffix("ask your administrator")
        let saysItAll = [
            .severalCredentials, .previousSecret, .tokenInText, .tooManyFailures, .starting, .stale,
        ].contains(
            denial)
        #expect(leadsToTheForm || leadsToTheDesk || leadsToAPerson || saysItAll)
    }

    @Test("a sentence says from where a token was used, and where it may be used")
    func sentences() throws {
        func sentence(_ denial: Denial, _ address: String? = nil, _ paths: [String] = []) -> String {
            denial.sentence(
                service: "Git", access: .write, desk: "https://desk/tokens",
                address: address.flatMap { IPAddress($0) },
                paths: paths.compactMap { ServicePath($0) })
        }
        #expect(
            sentence(.addressNotAllowed, "::ffff:192.0.2.7")
                == "this token may not be used from 192.0.2.7; use it from where it is allowed, or create one for this address at https://desk/tokens/new"
        )
        #expect(
            sentence(.addressNotAllowed).hasPrefix("this token may not be used from an unknown address; "))
        #expect(
            sentence(.insufficientScope, nil, ["/a/b c"])
                == "this token may write at Git only below /a/b%20c; create one that may write here: https://desk/tokens/new"
        )
        #expect(
            sentence(.insufficientScope, nil, ["/a", "/b", "/c", "/d"])
                == "this token may write at Git only below /a, /b, /c and others; create one that may write here: https://desk/tokens/new"
        )
    }
}

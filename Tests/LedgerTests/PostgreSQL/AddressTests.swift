import PostgreSQL
import Testing

@Suite("PostgreSQL: addresses") struct AddressTests {
    @Test(
        "an address prints without its password and without its parameters",
        arguments: [
            ("postgres://jeton@db.example.com/jeton", "postgres://jeton@db.example.com/jeton"),
            ("postgresql://jeton:s3cret@db:5433/jeton?sslmode=verify-full", "postgres://jeton@db:5433/jeton"),
            ("postgres://u:p%40ss@a:1,b:2/d?password=other", "postgres://u@a,b:1,2/d"),
            ("postgres:///d?host=/run/postgresql&user=u", "postgres://u@/run/postgresql/d"),
        ])
    func printed(text: String, expected: String) throws {
        let address = try #require(PostgreSQLAddress(text))
        #expect("\(address)" == expected)
        #expect("\(address.with(password: "another'\\one"))" == expected)
    }

    @Test(
        "an address that libpq cannot parse is refused",
        arguments: [
            "", "jeton", "http://db/jeton", "host=db", "postgres://db/jeton?colour=red", "postgres://%zz@db/",
            "postgres://db/\u{0}",
        ])
    func refused(text: String) {
        #expect(PostgreSQLAddress(text) == nil)
    }

    @Test("an unreachable server is reported, and a password never")
    func unreachable() throws {
        let address = try #require(
            PostgreSQLAddress("postgres://u:s3cret@127.0.0.1:1/s3cret?connect_timeout=2"))
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection(address) }
        #expect(error?.kind == .connectionLost)
        #expect(error?.description.contains("127.0.0.1") == true)
        #expect(error?.description.contains("s3cret") == false)
    }
}

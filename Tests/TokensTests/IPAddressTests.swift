import Testing
import Tokens

@Suite("Addresses")
struct IPAddressTests {
    @Test(
        "they are written as RFC 5952 asks",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
            ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:0db8::0001", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("0:0:0:0:0:0:0:1", "::1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", "192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::1.2.3.4", "::102:304"),
            ("fe80::1:0", "fe80::1:0"),
        ])
    func written(given: String, written: String) throws {
        let address = try #require(IPAddress(given))
        #expect("\(address)" == written)
        #expect(IPAddress(written) == address)
    }

    @Test(
        "what is not plainly an address is refused",
        arguments: [
            "", " ", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "1.2.3.256", "1.2.3.-4", "1.2.3.+4",
            "1.2.3.",
            ".1.2.3", "1..2.3", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4:80", "1.2.3.٤",
            "2130706433", "localhost", ":", ":::", "::1::", "1::2::3", ":1", "1:", ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "::-1", "::+1",
            "::-0",
            "-0::", "fe80::1%eth0", "[::1]", "::1/128", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "::01.2.3.4",
            "::1 ", "：：1",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("both ways of writing an IPv4 address are one")
    func mapped() throws {
        #expect(IPAddress("::ffff:127.0.0.1") == .loopback)
        #expect(IPAddress(v4: 0xC000_0201) == IPAddress("192.0.2.1"))
        #expect(try #require(IPAddress("10.0.0.1")).isV4)
        #expect(try !#require(IPAddress("::10.0.0.1")).isV4)
    }

    @Test(
        "a range holds what its prefix says",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3/8", "10.9.9.9", true), ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.0/31", "192.0.2.1", true), ("192.0.2.0/31", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.7", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("::1", "::1", true), ("::1", "::2", false), ("fe80::/10", "febf::1", true),
            ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
            ("2001:db8::/64", "2001:db8::8000:0:0:1", true), ("::/0", "2001:db8::1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "11.1.1.1", false), ("::ffff:10.1.1.1", "10.1.1.1", true),
        ])
    func range(range: String, address: String, held: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(try range.contains(#require(IPAddress(address))) == held)
        #expect(try [range].contains(#require(IPAddress(address))) == held)
    }

    @Test(
        "a range is written in one way",
        arguments: [
            ("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.1/32", "192.0.2.1"), ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::1/32", "2001:db8::/32"), ("::1/128", "::1"), ("::/0", "::/0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:10.1.1.1", "10.1.1.1"),
        ])
    func canonical(written: String, text: String) throws {
        let range = try #require(AddressRange(written))
        #expect("\(range)" == text)
        #expect(AddressRange(text) == range)
    }

    @Test(
        "what is not a range is refused",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
            "10.0.0.0/ 8",
            "10.0.0/8", "10.*", "::/129", "::1%lo/128", "10.0.0.0/99999999999999999999", "10.0.0.0/255.0.0.0",
        ])
    func refusedRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("loopback is loopback in both families")
    func loopback() throws {
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(AddressRange.loopback.contains(try #require(IPAddress(address))))
        }
        for address in ["128.0.0.1", "::2", "::", "10.0.0.1"] {
            #expect(!AddressRange.loopback.contains(try #require(IPAddress(address))))
        }
    }
}

import Testing
import Tokens

@Suite("public addresses")
struct AddressReachTests {
    @Test(
        "an address of the internet is public",
        arguments: [
            "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1",
            "64:ff9b::808:808",
        ])
    func isPublic(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(
        "an address of this host, a private network, a document or a group is not",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254",
            "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.2.1", "198.18.0.1", "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::", "2002:a00:1::1", "fc00::1", "fd12::1", "fe80::1", "ff02::1", "2001:db8::1",
            "2001::1",
            "::7f00:1", "64:ff9b:1::a00:1", "fec0::1",
        ])
    func isNot(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
    }
}

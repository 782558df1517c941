//! Decides which addresses may be connected to.
//!
//! Strangers write the links of an archive, and every redirect and DNS answer. None of these may make this
//! program connect to the machine it runs on, to its neighbours, or to the metadata service of a cloud. The
//! filter checks the address that is connected to, never a name. The ranges are those of the IANA
//! special-purpose registries (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address belongs to the public internet.
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Whether a name belongs to this machine or its network by its form: `localhost` (RFC 6761, section 6.3),
/// `local` (RFC 6762), `internal` (reserved by ICANN in 2024) and `home.arpa` (RFC 8375). It is needed only
/// for names that a proxy looks up; in all other cases the address is checked.
pub fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    ["localhost", "local", "internal", "home.arpa"]
        .iter()
        .any(|name| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let special = match a {
        // This network, private, loopback; multicast, reserved, broadcast.
        0 | 10 | 127 | 224.. => true,
        100 => (64..128).contains(&b), // RFC 6598, carrier-grade NAT; also the metadata service of a cloud.
        // The machine-local service of Azure has a public address.
        168 => (b, c, d) == (63, 129, 16),
        169 => b == 254,
        172 => (16..32).contains(&b),
        // IETF assignments (and the metadata service of a cloud), documentation, the former 6to4 relay,
        // private.
        192 => matches!((b, c), (0, 0 | 2) | (88, 99) | (168, _)),
        198 => matches!((b, c), (18 | 19, _) | (51, 100)),
        203 => (b, c) == (0, 113),
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        // IPv4-mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056): the IPv4 address inside decides.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        // 2001::/23 is Teredo, benchmarking, ORCHID and other IETF assignments; the others are
        // documentation (RFC 3849, RFC 9637).
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is 2000::/3; unique local, link-local, multicast and all others are not.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use url::{Host, Url};

    #[test]
    fn special_ranges_are_refused_and_their_neighbours_are_not() {
        for (refused, allowed) in [
            ("0.0.0.0 0.255.255.255", "1.0.0.0"),
            ("10.0.0.1 10.255.255.255", "9.255.255.255 11.0.0.0"),
            ("100.64.0.0 100.100.100.200 100.127.255.255", "100.63.255.255 100.128.0.0"),
            ("127.0.0.1 127.255.255.254", "126.255.255.255 128.0.0.1"),
            ("168.63.129.16", "168.63.129.17"),
            ("169.254.0.1 169.254.255.254", "169.253.255.255 169.255.0.0"),
            ("172.16.0.1 172.31.255.255", "172.15.255.255 172.32.0.0"),
            ("192.0.0.1 192.0.0.192 192.0.2.1", "192.0.1.1 192.0.3.1"),
            ("192.88.99.1 192.168.0.1", "192.88.98.1 192.167.255.255"),
            ("198.18.0.1 198.19.255.255 198.51.100.7", "198.17.255.255 198.20.0.0 198.51.101.0"),
            ("203.0.113.9", "203.0.112.255 203.0.114.0"),
            ("224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255", "223.255.255.255"),
            (":: ::1 ::127.0.0.1 ::8.8.8.8", "2606:4700::1"),
            ("::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.0.1", "::ffff:8.8.8.8"),
            ("64:ff9b::127.0.0.1 64:ff9b::a00:1 64:ff9b:1::1", "64:ff9b::808:808"),
            ("100::1 2001::1 2001:1ff::1 2001:db8::1", "2001:200::1 2001:4860::8888"),
            ("2002:7f00:1:: 2002:a00:1::", "2002:808:808::"),
            ("3fff::1 3fff:fff::1 5f00::1", "3fff:1000::1"),
            ("fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1", "2400::1"),
        ] {
            for address in refused.split(' ') {
                assert!(!is_public_address(address.parse().unwrap()), "{address} must be refused");
            }
            for address in allowed.split(' ') {
                assert!(is_public_address(address.parse().unwrap()), "{address} must be allowed");
            }
        }
    }

    #[test]
    fn local_names_are_recognised_by_their_ending() {
        for name in
            ["localhost", "a.localhost", "LOCALHOST.", "metadata.google.internal", "nas.local", "x.home.arpa"]
        {
            assert!(is_local_name(name), "{name}");
        }
        for name in ["localhost.example", "notlocalhost", "internal.example", "eternal", "arpa", "a.example"]
        {
            assert!(!is_local_name(name), "{name}");
        }
    }

    /// The URL parser turns every spelling into one address, which the filter then sees.
    #[test]
    fn odd_spellings_of_an_address_are_refused() {
        for spelling in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://0/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
            "http://%31%32%37.0.0.1/",
            "http://[::ffff:7f00:1]/",
            "http://[0:0:0:0:0:ffff:127.0.0.1]/",
        ] {
            let address = match Url::parse(spelling).unwrap().host() {
                Some(Host::Ipv4(address)) => IpAddr::V4(address),
                Some(Host::Ipv6(address)) => IpAddr::V6(address),
                other => panic!("{spelling}: {other:?} is no address"),
            };
            assert!(!is_public_address(address), "{spelling}");
        }
    }
}

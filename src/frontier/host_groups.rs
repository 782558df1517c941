//! Groups hosts that share a limiter, a back-off and a budget.

use std::collections::HashMap;
use std::net::IpAddr;

use super::HostKey;

/// What makes hosts share a limiter, a back-off and a budget: `politeness.host_key`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// Nothing: each host is a group of its own.
    #[default]
    Host,
    /// The registrable domain, by the public suffix list.
    Domain,
    /// The address that the first lookup of the name returned.
    Address,
}

/// The groups of all hosts that are known.
#[derive(Clone, Debug, Default)]
pub struct HostGroups {
    group_by: GroupBy,
    /// By host; `None` for a name that could not be resolved.
    addresses: HashMap<HostKey, Option<IpAddr>>,
}

impl HostGroups {
    /// Groups by this rule.
    pub fn new(group_by: GroupBy) -> Self {
        Self { group_by, addresses: HashMap::new() }
    }

    /// Whether [`HostGroups::set_address`] must be called before the group of this host is known.
    pub fn needs_address(&self, host: &HostKey) -> bool {
        self.group_by == GroupBy::Address
            && host.literal_address().is_none()
            && !self.addresses.contains_key(host)
    }

    /// Sets the address of a host, once; `None` for a name that could not be resolved, which makes the host a
    /// group of its own.
    pub fn set_address(&mut self, host: HostKey, address: Option<IpAddr>) {
        self.addresses.entry(host).or_insert(address);
    }

    /// The name of the group that a host is in. A group of one host has the name of that host.
    pub fn group_of(&self, host: &HostKey) -> HostKey {
        match self.group_by {
            GroupBy::Host => host.clone(),
            GroupBy::Domain => host.registrable_domain(),
            GroupBy::Address => {
                let looked_up = || self.addresses.get(host).copied().flatten();
                match host.literal_address().or_else(looked_up) {
                    Some(IpAddr::V6(address)) => HostKey::from(format!("[{address}]").as_str()),
                    Some(IpAddr::V4(address)) => HostKey::from(address.to_string().as_str()),
                    None => host.clone(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use url::Url;

    #[test]
    fn hosts_are_grouped_by_host_by_domain_or_by_address() {
        let key = |url: &str| HostKey::from_url(&Url::parse(url).unwrap());
        let hosts = HostGroups::new(GroupBy::Host);
        assert_eq!(hosts.group_of(&key("http://www.a.example:81/")).as_str(), "www.a.example:81");

        let domains = HostGroups::new(GroupBy::Domain);
        for (url, group) in [
            ("http://www.news.co.uk/", "news.co.uk"),
            ("http://a.b.news.co.uk:8080/", "news.co.uk"),
            ("http://one.github.io/", "one.github.io"),
            ("http://two.github.io/", "two.github.io"),
            ("http://news.com./", "news.com"),
            ("http://localhost:81/", "localhost"),
            ("http://192.0.2.7:81/", "192.0.2.7:81"),
            ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert_eq!(domains.group_of(&key(url)).as_str(), group, "{url}");
            assert!(!domains.needs_address(&key(url)));
        }

        let mut addresses = HostGroups::new(GroupBy::Address);
        let (one, two, gone) =
            (key("http://one.example/"), key("http://two.example:81/"), key("http://x.test/"));
        assert!(addresses.needs_address(&one));
        assert!(!addresses.needs_address(&key("http://192.0.2.7/")));
        addresses.set_address(one.clone(), Some("192.0.2.7".parse().unwrap()));
        addresses.set_address(two.clone(), Some("192.0.2.7".parse().unwrap()));
        addresses.set_address(gone.clone(), None);
        assert_eq!(addresses.group_of(&one), addresses.group_of(&two));
        assert_eq!(addresses.group_of(&one), addresses.group_of(&key("http://192.0.2.7/")));
        assert_eq!(addresses.group_of(&gone), gone);
        assert!(!addresses.needs_address(&gone));
    }
}

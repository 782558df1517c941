//! Recognises parked domains and domains for sale.

use url::Url;

use super::page_view::PageView;
use super::signatures::{ParkingRules, is_at_or_below};

/// The fact that shows a parked domain: a redirect to a seller of domains, or a parking service's marker.
pub(super) fn find_parking(rules: &ParkingRules, view: &PageView<'_>) -> Option<String> {
    let seller = rules
        .hosts
        .iter()
        .find(|host| is_at_or_below(view.final_url, host) && !is_at_or_below(view.requested, host));
    if let Some(host) = seller {
        return Some(format!("redirected to {host}, which sells domains"));
    }
    let is_landing = |url: &Url| rules.urls.iter().any(|pattern| pattern.is_match(url.as_str()));
    if is_landing(view.final_url) && !is_landing(view.requested) && view.visible_length <= rules.max_text {
        return Some(format!("redirected to {}, where domains are parked", view.final_url));
    }
    if view.visible_length > rules.max_text {
        return None;
    }
    let marker = rules.markers.find_first(view.source())?;
    Some(format!("the source holds the parking marker {marker:?}"))
}

/// The fact that makes a page look like a domain that is for sale or has lapsed. It proves nothing alone,
/// since articles are written about that and sites in use offer their domains too: the host must answer
/// every address in this way.
pub(super) fn find_sale_offer(rules: &ParkingRules, view: &PageView<'_>) -> Option<String> {
    if view.visible_length > rules.max_text {
        return None;
    }
    let pattern = || rules.patterns.iter().find_map(|pattern| Some(pattern.find(view.visible)?.as_str()));
    let phrase = rules.phrases.find_first(view.visible).or_else(pattern)?;
    let host = view.final_url.host_str()?;
    let domain = psl::domain_str(host).unwrap_or(host);
    let names_domain = view.visible.to_ascii_lowercase().contains(domain)
        || view.title.to_ascii_lowercase().contains(domain);
    names_domain.then(|| format!("a short page that names {domain} and holds {phrase:?}"))
}

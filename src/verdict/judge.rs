//! Judges an answered link.
//!
//! The order is the argument. Walls come first, since a wall may have any status; then the status; only
//! then the looks of the page. Where the result is anything but an ordinary page, the strongest evidence
//! decides: where the page holds the text of the local copy, the page is there.

use url::Url;

use super::cause::Cause;
use super::evidence::{Assessment, PageEvidence, is_partial_response, may_be_unmodified};
use super::judgement::{Judgement, describe_status};
use super::login::{LoginRedirect, find_login_form, find_login_redirect, has_password_field};
use super::page_case::PageCase;
use super::page_view::PageView;
use super::parking::find_parking;
use super::paywall::is_behind_paywall;
use super::signatures::Signatures;
use super::simple::judge_failure;
use super::soft_404::judge_soft_404;
use super::verdict::Verdict;
use crate::fetch::{Exchange, Truncation};
use crate::text::{TextRules, VisibleText};

/// From this share of the local copy on, the page is the article, whatever else it looks like.
const HOLDS_LOCAL: f64 = 0.5;

/// Judges an answered link.
pub fn judge_page(evidence: &PageEvidence<'_>, signatures: &Signatures) -> Assessment {
    let Some(last) = evidence.chain.last() else {
        return Assessment::Judged(Judgement::new(
            Verdict::Failing,
            Some(Cause::ProtocolError),
            ["no request was made"],
        ));
    };
    let response = match &last.outcome {
        Ok(response) => response,
        Err(failure) => return Assessment::Judged(judge_failure(*failure, &last.url)),
    };
    let html = evidence.html.unwrap_or_default();
    let view = PageView::new(
        evidence.requested,
        &last.url,
        response,
        evidence.title,
        html,
        evidence.visible,
        evidence.text_rules,
    );
    let page = PageCase { evidence, signatures, view, response };
    let decided = judge_wall(&page)
        .or_else(|| judge_login_redirect(&page))
        .or_else(|| judge_status(&page))
        .or_else(|| judge_incomplete_body(&page))
        .or_else(|| judge_replaced_page(&page));
    let assessment = decided.map_or_else(|| judge_soft_404(&page), Assessment::Judged);
    let is_ordinary =
        matches!(&assessment, Assessment::Judged(found) if found.verdict.is_fine() && found.cause.is_none());
    if is_ordinary {
        return assessment;
    }
    judge_by_local_copy(&page).map_or(assessment, Assessment::Judged)
}

/// The page is there where it holds the local copy's text.
fn judge_by_local_copy(page: &PageCase<'_>) -> Option<Judgement> {
    let share = page.evidence.local.share().filter(|share| *share >= HOLDS_LOCAL)?;
    let mut facts = vec![format!("the page holds {:.0} % of the local copy", share * 100.0)];
    if is_partial_response(page.response) {
        facts.push("only a part of the page was received, so the texts are not compared".to_owned());
    }
    if page.response.status != 200 {
        facts.push(format!("although the answer has {}", describe_status(page.response.status)));
    }
    Some(page.judge_alive(facts, true))
}

/// Whether an answer is a bot filter's wall, whatever its status. Asking again would not help, and a wall says
/// nothing about the host's load.
pub fn is_bot_wall(
    requested: &Url,
    exchange: &Exchange,
    page: (&str, &VisibleText),
    signatures: &Signatures,
    text_rules: &TextRules,
) -> bool {
    let Ok(response) = &exchange.outcome else { return false };
    let (html, visible) = page;
    let view =
        PageView::new(requested, &exchange.url, response, &visible.title, html, &visible.text, text_rules);
    signatures.walls.iter().any(|wall| wall.match_page(&view).is_some())
}

/// A bot filter's wall, with any status.
fn judge_wall(page: &PageCase<'_>) -> Option<Judgement> {
    page.signatures.walls.iter().find_map(|wall| {
        let fact = wall.match_page(&page.view)?;
        let facts = [format!("{}: {fact}", wall.name), describe_status(page.response.status)];
        Some(Judgement::new(Verdict::Blocked, Some(Cause::BotWall), facts))
    })
}

/// A redirect to a login that names the address to return to, or ends at a password field.
fn judge_login_redirect(page: &PageCase<'_>) -> Option<Judgement> {
    let status = page.response.status;
    if page.evidence.chain.len() < 2 || status >= 500 || status == 429 {
        return None;
    }
    let rules = &page.signatures.login;
    let fact = match find_login_redirect(rules, page.evidence.requested, page.view.final_url)? {
        LoginRedirect::WithReturn(parameter) => format!("and would return by {parameter:?}"),
        LoginRedirect::WithoutReturn if has_password_field(rules, page.view.source()) => {
            "with a password field".to_owned()
        }
        LoginRedirect::WithoutReturn => return None,
    };
    let facts = [format!("redirected to a login, {}", page.view.final_url), fact];
    Some(Judgement::new(Verdict::Blocked, Some(Cause::LoginWall), facts))
}

/// Any status but a success.
fn judge_status(page: &PageCase<'_>) -> Option<Judgement> {
    let status = page.response.status;
    let (verdict, cause) = match status {
        200..=299 => return None,
        304 if page.evidence.chain.last().is_none_or(may_be_unmodified) => {
            return Some(page.judge_alive(vec!["status 304: not modified".to_owned()], true));
        }
        304 => (Verdict::Failing, Cause::ProtocolError),
        300..=399 => (Verdict::Failing, Cause::BadRedirect),
        401 => (Verdict::Blocked, Cause::Http401),
        402 => (Verdict::Blocked, Cause::Http402),
        403 => (Verdict::Blocked, Cause::Http403),
        451 => (Verdict::Blocked, Cause::Http451),
        404 => (Verdict::Dead, Cause::Http404),
        410 => (Verdict::Dead, Cause::Http410),
        429 => (Verdict::Failing, Cause::Http429),
        400..=499 => (Verdict::Failing, Cause::Http4xx),
        500..=599 => (Verdict::Failing, Cause::Http5xx),
        _ => (Verdict::Failing, Cause::ProtocolError),
    };
    let mut facts = vec![describe_status(status)];
    if status == 304 {
        facts.push("the request was not conditional: no validator was sent".to_owned());
    }
    facts.extend(page.response.header("retry-after").map(|value| format!("retry-after: {value}")));
    facts.extend(page.redirect_fact());
    Some(Judgement::new(verdict, Some(cause), facts))
}

/// A body that was cut, or a range in the place of the whole.
fn judge_incomplete_body(page: &PageCase<'_>) -> Option<Judgement> {
    let response = page.response;
    let (cause, fact) = match response.truncated {
        Some(Truncation::Length) if page.evidence.only_beginning => return None,
        Some(Truncation::Length) => (Cause::BodyTooLarge, "the body is larger than network.max_body"),
        Some(Truncation::Time) => (Cause::Timeout, "the body did not end within network.timeout"),
        Some(Truncation::Disconnect) => (Cause::BodyIncomplete, "the connection ended before the body did"),
        Some(Truncation::Decode) => (Cause::DecodeError, "the content coding could not be decoded"),
        None if is_partial_response(response) => {
            (Cause::BodyIncomplete, "the server sent a part although the whole was asked for")
        }
        None => return None,
    };
    let range = response.header("content-range").filter(|_| response.status == 206);
    let status = describe_status(response.status);
    let mut facts = vec![fact.to_owned(), format!("{status}, {} bytes kept", response.body.len())];
    facts.extend(range.map(|range| format!("content-range: {range}")));
    Some(Judgement::new(Verdict::Failing, Some(cause), facts))
}

/// Something else in the place of the page: a known site's notice, a parked domain, a paywall, a login
/// form.
fn judge_replaced_page(page: &PageCase<'_>) -> Option<Judgement> {
    for notice in &page.signatures.notices {
        if let Some(fact) = notice.match_page(&page.view) {
            let facts = [format!("{}: {fact}", notice.name)];
            return Some(Judgement::new(Verdict::Dead, Some(Cause::Soft404), facts));
        }
    }
    if let Some(fact) = find_parking(&page.signatures.parking, &page.view) {
        return Some(Judgement::new(Verdict::Dead, Some(Cause::Parked), [fact]));
    }
    if is_behind_paywall(&page.view) {
        let facts = ["the page states isAccessibleForFree: false, and does not hold the whole text"];
        return Some(Judgement::new(Verdict::Blocked, Some(Cause::Paywall), facts));
    }
    let fact = find_login_form(&page.signatures.login, &page.view)?;
    Some(Judgement::new(Verdict::Blocked, Some(Cause::LoginWall), [fact]))
}

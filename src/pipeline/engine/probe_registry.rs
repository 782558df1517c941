//! Remembers which probes were made and which pages wait for them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::pipeline::page::PageJob;
use crate::verdict::{Probe, ProbeKey};

/// The probes of a run. Each is made once for a host and folder, or once for a host's home page, in each language
/// in which pages there are asked for.
#[derive(Debug, Default)]
pub struct ProbeRegistry(HashMap<(ProbeKey, Option<Arc<str>>), ProbeState>);

#[derive(Debug)]
enum ProbeState {
    #[allow(clippy::vec_box)] // Jobs are boxed everywhere else: they are moved, not copied.
    Asking(Vec<Box<PageJob>>),
    Known(Arc<Probe>),
}

/// The result of asking for a probe.
pub enum ProbeRequest {
    /// The probe is known: judge the page again.
    Known(Box<PageJob>),
    /// The page is the first to need it: make the probe.
    Make,
    /// The probe is under way for another page.
    Waiting,
}

impl ProbeRegistry {
    /// Asks for a probe. The page is kept until the probe is known.
    pub fn request_probe(&mut self, key: ProbeKey, mut page: Box<PageJob>) -> ProbeRequest {
        let place = (key, page.language.clone());
        match self.0.get_mut(&place) {
            Some(ProbeState::Known(probe)) => {
                page.set_probe(&place.0, probe);
                ProbeRequest::Known(page)
            }
            Some(ProbeState::Asking(pages)) => {
                pages.push(page);
                ProbeRequest::Waiting
            }
            None => {
                self.0.insert(place, ProbeState::Asking(vec![page]));
                ProbeRequest::Make
            }
        }
    }

    /// Stores a finished probe and returns the pages that waited for it.
    #[allow(clippy::vec_box)]
    pub fn resolve_probe(
        &mut self,
        key: ProbeKey,
        language: Option<Arc<str>>,
        probe: Probe,
    ) -> Vec<Box<PageJob>> {
        let probe = Arc::new(probe);
        let place = (key, language);
        let mut pages = match self.0.remove(&place) {
            Some(ProbeState::Asking(pages)) => pages,
            _ => Vec::new(),
        };
        for page in &mut pages {
            page.set_probe(&place.0, &probe);
        }
        self.0.insert(place, ProbeState::Known(probe));
        pages
    }
}

//! Who may be asked, and when: distinct URLs in, tickets to ask out.
//!
//! This stage opens no connection. It keeps the frontier (what is left to do), one queue a host, and
//! each host's politeness: its limiter, its robots rules, its back-off. The engine in `app` takes a
//! ticket, makes the exchange, and reports back what the host said.

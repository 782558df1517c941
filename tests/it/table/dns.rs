//! A name server on loopback that says of each name what its first label asks for.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Record types (RFC 1035, section 3.2.2; RFC 3596).
const A: u16 = 1;
const AAAA: u16 = 28;

/// A running name server. It stops when it is dropped.
pub struct NameServer {
    addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// `nx…` does not exist, `servfail…` cannot be looked up, `silent…` gets no answer, `empty…` has
    /// no address; `inner…` lies on 127.0.0.1, `inner6…` on `::1`, `mapped…` on `::ffff:127.0.0.1`.
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let addr = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut query = [0; 512];
            while !stopped.load(Ordering::SeqCst) {
                let Ok((length, from)) = socket.recv_from(&mut query) else { continue };
                if let Some(answer) = answer(&query[..length]) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        Self { addr, stop, thread: Some(thread) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The answer to a query (RFC 1035, section 4.1); none where the name wants silence.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let label_length = usize::from(*query.get(12)?);
    let label = String::from_utf8_lossy(query.get(13..13 + label_length)?).to_ascii_lowercase();
    let mut end = 12;
    while *query.get(end)? != 0 {
        end += 1 + usize::from(query[end]);
    }
    let kind = u16::from_be_bytes([*query.get(end + 1)?, *query.get(end + 2)?]);
    let (code, data) = match label.as_str() {
        name if name.starts_with("silent") => return None,
        name if name.starts_with("nx") => (3, None),
        name if name.starts_with("servfail") => (2, None),
        "inner" if kind == A => (0, Some(Ipv4Addr::LOCALHOST.octets().to_vec())),
        "inner6" if kind == AAAA => (0, Some(Ipv6Addr::LOCALHOST.octets().to_vec())),
        "mapped" if kind == AAAA => (0, Some(Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets().to_vec())),
        _ => (0, None),
    };
    // The question again; no additional record, so the query's EDNS is not echoed.
    let mut answer = query.get(..end + 5)?.to_vec();
    (answer[2], answer[3]) = (0x81, 0x80 | code);
    answer[6..12].fill(0);
    if let Some(data) = data {
        answer[7] = 1;
        // The name by a pointer, the type that was asked for, class IN, a minute.
        answer.extend_from_slice(&[0xc0, 12]);
        answer.extend_from_slice(&kind.to_be_bytes());
        answer.extend_from_slice(&[0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
        answer.extend_from_slice(&data);
    }
    Some(answer)
}

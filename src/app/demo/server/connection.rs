//! Serves one connection: reads requests and writes the answers for as long as both sides keep it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::reply::{Conduct, Reply};
use super::request::{Parsed, Request, parse_request};
use super::request_log::LoggedRequest;
use super::shared::SharedState;

/// The first byte of a TLS handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// The approximate number of bytes of an endless body that are written at once.
const ENDLESS_CHUNK: usize = 64 * 1024;

/// A stream whose TCP connection can be reset.
trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Serves one connection until either side ends it.
pub(super) async fn serve_connection(stream: TcpStream, shared: Arc<SharedState>) {
    // Answers are written in one piece, so joining small packets would only add delay.
    let _ = stream.set_nodelay(true);
    let mut first = [0; 1];
    // Errors of a connection are ignored here, because the client sees them too.
    match stream.peek(&mut first).await {
        Ok(1) if first == [TLS_HANDSHAKE] => {
            if let Ok(stream) = shared.tls.accept(stream).await {
                let _ = answer_requests(stream, true, &shared).await;
            }
        }
        Ok(1) => {
            let _ = answer_requests(stream, false, &shared).await;
        }
        _ => {}
    }
}

async fn answer_requests<S: Socket>(mut stream: S, tls: bool, shared: &SharedState) -> io::Result<()> {
    let local = stream.tcp().local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut buffer = Vec::with_capacity(2048);
    loop {
        let (mut request, version) = match parse_request(&buffer) {
            Parsed::Whole(request, version, used) => {
                buffer.drain(..used);
                (*request, version)
            }
            Parsed::More => {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
                continue;
            }
            Parsed::Bad => {
                stream.write_all(&Reply::status(400).head(Some(0), true)).await?;
                return stream.shutdown().await;
            }
        };
        request.tls = tls;
        let number = log_request(shared, &request, local);
        let reply = (shared.handler)(&request);
        let keep = request.keeps_alive(&version);
        let sent = send_reply(&mut stream, &request, &reply, keep).await;
        log_end(shared, number);
        if !sent? {
            return Ok(());
        }
    }
}

/// Adds the request to the log and returns its number since the server's start.
fn log_request(shared: &SharedState, request: &Request, local: SocketAddr) -> usize {
    let entry = LoggedRequest {
        at: Instant::now(),
        ended: None,
        method: request.method.clone(),
        host: request.host.clone(),
        path: request.target.clone(),
        headers: request.headers.clone(),
        conditional: request.is_conditional(),
        tls: request.tls,
        local,
    };
    let mut log = shared.lock_log();
    log.entries.push(entry);
    log.cleared + log.entries.len() - 1
}

/// Records the end of the answer, unless the log was cleared in the meantime.
fn log_end(shared: &SharedState, number: usize) {
    let mut log = shared.lock_log();
    let index = number.checked_sub(log.cleared);
    if let Some(entry) = index.and_then(|index| log.entries.get_mut(index)) {
        entry.ended = Some(Instant::now());
    }
}

/// Sends the answer and returns whether the connection may be used again.
async fn send_reply<S: Socket>(
    stream: &mut S,
    request: &Request,
    reply: &Reply,
    keep: bool,
) -> io::Result<bool> {
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    let body = reply.body_for(&request.method);
    match reply.conduct {
        Conduct::Proper => {
            let mut bytes = reply.head(Some(reply.body.len()), !keep);
            bytes.extend_from_slice(&body);
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            if keep {
                return Ok(true);
            }
        }
        Conduct::Close => {}
        Conduct::Reset => {
            // Closing with a zero linger time sends RST in place of FIN.
            stream.tcp().set_zero_linger()?;
            return Ok(false);
        }
        Conduct::Raw => stream.write_all(&reply.body).await?,
        Conduct::Short(missing) => {
            stream.write_all(&reply.head(Some(reply.body.len() + missing), true)).await?;
            stream.write_all(&body).await?;
        }
        Conduct::Drip { piece, pause } => {
            stream.write_all(&reply.head(Some(reply.body.len()), true)).await?;
            for piece in body.chunks(piece.max(1)) {
                tokio::time::sleep(pause).await;
                stream.write_all(piece).await?;
                stream.flush().await?;
            }
        }
        Conduct::Endless => {
            stream.write_all(&reply.head(None, true)).await?;
            let chunk = body.repeat(ENDLESS_CHUNK / body.len().max(1) + 1);
            while !chunk.is_empty() {
                stream.write_all(&chunk).await?;
            }
        }
        Conduct::Silent => {
            // Waits until the client closes the connection, which ends the read.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            return Ok(false);
        }
    }
    stream.flush().await?;
    stream.shutdown().await?;
    Ok(false)
}

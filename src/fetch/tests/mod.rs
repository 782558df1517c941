//! The client against servers on loopback that behave well, badly, or with malice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod addresses;
mod exchanges;
mod hostile_servers;
mod incomplete_chain;
#[cfg(feature = "demo")]
mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::*;

/// A server that gives every connection to `answer`, and keeps the requests' heads.
struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start<F, A>(answer: A) -> Self
    where
        A: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    let head = read_head(&mut stream).await;
                    kept.lock().unwrap().push(head);
                    answer(stream).await;
                });
            }
        });
        Self { address, heads }
    }

    /// Sends the same bytes to everyone, then closes.
    async fn start_with_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::start(move |mut stream| {
            let bytes = Arc::clone(&bytes);
            async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                // Reading on lets the client see an end, not a reset.
                let _ = stream.read(&mut [0; 64]).await;
            }
        })
        .await
    }

    fn last_head(&self) -> String {
        self.heads.lock().unwrap().last().cloned().unwrap_or_default()
    }

    fn settings_for_all_hosts(&self) -> FetchSettings {
        settings_with_map(&[("*", &self.address.to_string())])
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

fn settings_with_map(map: &[(&str, &str)]) -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(8),
        resolve: ResolveMap::new(map.iter().copied()).unwrap(),
        proxy_from_env: false,
        ..FetchSettings::default()
    }
}

async fn request_page(settings: &FetchSettings, url: &str) -> Exchange {
    Client::new(settings).unwrap().exchange(ExchangeRequest::get(Url::parse(url).unwrap())).await
}

fn page_answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

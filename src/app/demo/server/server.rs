//! Starts and stops the server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::certificates::{CertificateKind, Certificates};
use super::connection::serve_connection;
use super::reply::Reply;
use super::request::Request;
use super::request_log::LoggedRequest;
use super::shared::SharedState;

/// A running server. It stops when it is dropped.
pub struct Server {
    addrs: Vec<SocketAddr>,
    shared: Arc<SharedState>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The port cannot be had, or the certificates cannot be made.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        Self::start_on(&[SocketAddr::from((Ipv4Addr::LOCALHOST, 0))], handler)
    }

    /// Starts on several loopback addresses, such as `127.0.0.2:0` and `127.0.0.3:0`. The name of a host
    /// chooses its certificate ([`CertificateKind::of_name`]).
    ///
    /// # Errors
    /// An address is not loopback or cannot be had, or the certificates cannot be made.
    pub fn start_on(
        addrs: &[SocketAddr],
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_with(addrs, CertificateKind::of_name, handler)
    }

    /// Starts with another rule for the certificate of each host name.
    ///
    /// # Errors
    /// As [`Self::start_on`].
    pub fn start_with(
        addrs: &[SocketAddr],
        certificate: fn(&str) -> CertificateKind,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let certificates = Arc::new(Certificates::new(certificate).map_err(io::Error::other)?);
        let config = certificates.server_config().map_err(io::Error::other)?;
        let shared = Arc::new(SharedState {
            handler: Arc::new(handler),
            certificates,
            tls: tokio_rustls::TlsAcceptor::from(Arc::new(config)),
            log: Mutex::default(),
        });
        let runtime =
            Builder::new_multi_thread().worker_threads(2).thread_name("demo-server").enable_all().build()?;
        let mut bound = Vec::with_capacity(addrs.len());
        for addr in addrs {
            if !addr.ip().is_loopback() {
                let message = format!("{addr}: the test server listens on loopback only");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            let listener = TcpListener::bind(addr)?;
            listener.set_nonblocking(true)?;
            bound.push(listener.local_addr()?);
            let inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            drop(inside);
            runtime.spawn(accept_connections(listener, Arc::clone(&shared)));
        }
        Ok(Self { addrs: bound, shared, runtime: Some(runtime) })
    }

    /// The first address, for plain HTTP.
    pub fn http_addr(&self) -> SocketAddr {
        self.addrs.first().copied().unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// The first address, for TLS: it is the same, see the module's documentation.
    pub fn https_addr(&self) -> SocketAddr {
        self.http_addr()
    }

    /// Every address, in the order given at the start.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// The certificate of the authority that signs the good certificates, as PEM.
    pub fn ca_pem(&self) -> &str {
        self.shared.certificates.ca_pem()
    }

    /// Every request so far, in the order of arrival.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.shared.lock_log().entries.clone()
    }

    /// The number of requests so far.
    pub fn hits(&self) -> usize {
        self.shared.lock_log().entries.len()
    }

    /// Clears the log.
    pub fn clear_log(&self) {
        let mut log = self.shared.lock_log();
        log.cleared += log.entries.len();
        log.entries.clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Waiting for connections here could hang, and dropping a runtime inside another one panics.
        // Shutting down in the background does neither.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept_connections(listener: tokio::net::TcpListener, shared: Arc<SharedState>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(stream, Arc::clone(&shared)));
            }
            // The process is out of file descriptors, or the peer has gone. Both can pass.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

//! Turns SIGINT and SIGTERM into a request to stop: the first asks, the second insists.

use tokio::sync::watch;

/// A request to stop. Clones see the same request.
#[derive(Clone, Debug)]
pub struct StopSignal {
    wishes: watch::Receiver<u32>,
}

/// Sends the request to a [`StopSignal`].
#[derive(Debug)]
pub struct StopRequester {
    wishes: watch::Sender<u32>,
}

impl StopSignal {
    /// A signal that only its [`StopRequester`] triggers.
    pub fn new() -> (StopRequester, Self) {
        let (sender, receiver) = watch::channel(0);
        (StopRequester { wishes: sender }, Self { wishes: receiver })
    }

    /// A signal that SIGINT and SIGTERM trigger. Call it inside a tokio runtime.
    pub fn on_signals() -> std::io::Result<Self> {
        let (stopper, stop) = Self::new();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    stopper.request_stop();
                }
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                stopper.request_stop();
            }
        });
        Ok(stop)
    }

    /// Waits until a stop is asked for.
    pub async fn wait_for_request(&mut self) {
        self.wait_for_count(1).await;
    }

    /// Waits until a stop is asked for a second time.
    pub async fn wait_for_second_request(&mut self) {
        self.wait_for_count(2).await;
    }

    async fn wait_for_count(&mut self, wishes: u32) {
        if self.wishes.wait_for(|count| *count >= wishes).await.is_err() {
            // The sender is gone, so no stop will be requested.
            std::future::pending::<()>().await;
        }
    }
}

impl StopRequester {
    /// Asks for a stop.
    pub fn request_stop(&self) {
        self.wishes.send_modify(|count| *count = count.saturating_add(1));
    }
}

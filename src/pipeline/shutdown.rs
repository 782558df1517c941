//! The wish to stop: SIGINT and SIGTERM, first as a request, then with insistence.

use tokio::sync::watch;

/// How often a stop was asked for. Cloned receivers see the same wish.
#[derive(Clone, Debug)]
pub struct StopSignal {
    wishes: watch::Receiver<u32>,
}

/// The other end of a [`StopSignal`].
#[derive(Debug)]
pub struct StopRequester {
    wishes: watch::Sender<u32>,
}

impl StopSignal {
    /// A stop that is asked for by its [`StopRequester`].
    pub fn new() -> (StopRequester, Self) {
        let (sender, receiver) = watch::channel(0);
        (StopRequester { wishes: sender }, Self { wishes: receiver })
    }

    /// A stop that SIGINT and SIGTERM ask for. Call it inside a tokio runtime.
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
                    stopper.ask();
                }
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                stopper.ask();
            }
        });
        Ok(stop)
    }

    /// Waits until a stop is asked for.
    pub async fn requested(&mut self) {
        self.at_least(1).await;
    }

    /// Waits until a stop is asked for a second time.
    pub async fn insisted(&mut self) {
        self.at_least(2).await;
    }

    async fn at_least(&mut self, wishes: u32) {
        if self.wishes.wait_for(|count| *count >= wishes).await.is_err() {
            // The other end is gone: nobody will ever ask.
            std::future::pending::<()>().await;
        }
    }
}

impl StopRequester {
    /// Asks for a stop.
    pub fn ask(&self) {
        self.wishes.send_modify(|count| *count = count.saturating_add(1));
    }
}

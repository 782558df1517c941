//! Starts the reading process for a document, and holds it to its bounds.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::content::PdfContent;
use super::markup::write_page;
use crate::text::page_text::TextError;

/// The only argument of the reading process, which is no command for users.
pub const WORKER_ARGUMENT: &str = "read-pdf-from-standard-input";

/// The longest time for one document. The reading process has a bound on its processor time, too.
const MAX_TIME: Duration = Duration::from_secs(60);
/// The most that is taken from the reading process, in bytes.
const MAX_OUTPUT: u64 = 32 << 20;

/// Reads PDF documents, where the program knows how to start itself. A clone shares it.
#[derive(Clone, Debug, Default)]
pub struct PdfReader {
    program: Option<Arc<PathBuf>>,
}

impl PdfReader {
    /// Reads with this program, which must call [`super::serve`] when it gets [`WORKER_ARGUMENT`].
    pub fn with_program(program: PathBuf) -> Self {
        Self { program: Some(Arc::new(program)) }
    }

    /// The document's text as a page.
    ///
    /// # Errors
    /// No program is known, the reading process failed, or the document has no text.
    pub fn read_as_page(&self, document: &[u8]) -> Result<String, TextError> {
        let program = self.program.as_ref().ok_or(TextError::NotText)?;
        let child = Command::new(program.as_path())
            .arg(WORKER_ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let output =
            child.ok().and_then(|child| exchange(child, document)).ok_or(TextError::PdfUnreadable)?;
        let content: PdfContent = serde_json::from_slice(&output).map_err(|_| TextError::PdfUnreadable)?;
        write_page(&content).ok_or(TextError::PdfWithoutText)
    }
}

/// Sends the document and takes the answer; `None` where the process failed or took too long.
fn exchange(mut child: Child, document: &[u8]) -> Option<Vec<u8>> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A process that died takes nothing more.
            input.map(|mut input| input.write_all(document))
        });
        scope.spawn(move || {
            let mut taken = Vec::new();
            let read = output.map(|output| output.take(MAX_OUTPUT).read_to_end(&mut taken));
            let _ = sender.send(read.and_then(Result::ok).map(|_| taken));
        });
        let answer = receiver.recv_timeout(MAX_TIME).ok().flatten();
        // After the answer it has nothing left to do, and without one it is late.
        if answer.is_none() {
            let _ = child.kill();
        }
        child.wait().ok().filter(std::process::ExitStatus::success).and(answer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_program_a_pdf_is_no_text() {
        assert_eq!(PdfReader::default().read_as_page(b"%PDF-1.4"), Err(TextError::NotText));
    }

    #[test]
    fn a_program_that_fails_leaves_the_document_unread() {
        for program in ["/nonexistent/reader", "/bin/false", "/bin/cat"] {
            let reader = PdfReader::with_program(PathBuf::from(program));
            assert_eq!(reader.read_as_page(&vec![b'x'; 1 << 20]), Err(TextError::PdfUnreadable), "{program}");
        }
    }
}

//! What a function prints, line by line.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Takes the function's name and a line that it printed.
pub type LogSink = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Longer lines are broken, as Lambda's are.
const LONGEST_LINE: usize = 256 * 1024;

/// Passes lines on until the other end closes.
pub(crate) async fn forward(function: String, pipe: impl AsyncRead + Unpin, sink: LogSink) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        let (ended, used) = match reader.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(bytes) => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    line.extend_from_slice(bytes.get(..end).unwrap_or_default());
                    (true, end + 1)
                }
                None => {
                    line.extend_from_slice(bytes);
                    (line.len() >= LONGEST_LINE, bytes.len())
                }
            },
        };
        reader.consume(used);
        if ended {
            sink(&function, &String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    if !line.is_empty() {
        sink(&function, &String::from_utf8_lossy(&line));
    }
}

//! `obscura-lambda LOGS`: runs functions as Lambda does, for the program that starts it.
//!
//! [`obscura_local::lambda::hosted`] describes the protocol on standard input and output. The
//! functions' output is appended to `LOGS/NAME.log`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use obscura_local::lambda::{LogSink, hosted};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: obscura-lambda LOGS");
        return ExitCode::from(2);
    };
    let sink: LogSink = Arc::new(move |function: &str, line: &str| {
        let file = folder.join(format!("{function}.log"));
        let file = OpenOptions::new().append(true).create(true).open(file);
        let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = written {
            eprintln!("{function}: a line of its log was lost: {error}");
        }
    });
    let requests = tokio::io::BufReader::new(tokio::io::stdin());
    match hosted::serve(requests, tokio::io::stdout(), sink).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent has ended, or sent an invalid request.
            let _ = writeln!(io::stderr(), "obscura-lambda: {error}");
            ExitCode::FAILURE
        }
    }
}

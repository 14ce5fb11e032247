//! Events that failed for good, each as the JSON that Lambda sends to an on-failure destination.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

use super::entry::Entry;
use super::error::FunctionError;
use crate::{clock, disk};

/// Where they are, in the folder of a server.
pub(crate) const FOLDER: &str = "dead-letters";

/// How many events failed for good in the pipeline of this folder, which may be running.
///
/// # Errors
/// The folder cannot be read.
pub fn failed_events(root: &Path) -> io::Result<usize> {
    let functions = match fs::read_dir(root.join(".store").join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        functions => functions?,
    };
    let mut count = 0;
    for function in functions {
        for file in fs::read_dir(function?.path())? {
            count += usize::from(file?.path().extension().is_some_and(|kind| kind == "json"));
        }
    }
    Ok(count)
}

/// The dead letters of one function.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetters {
    function: String,
    folder: PathBuf,
}

/// An event that failed for good.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The function that failed.
    pub function: String,
    /// The file that holds it.
    pub path: PathBuf,
    /// The record: `requestContext`, `requestPayload`, `responseContext`, `responsePayload`.
    pub record: Value,
}

impl DeadLetters {
    pub(crate) fn open(function: &str, folder: PathBuf) -> io::Result<Self> {
        disk::create_folder(&folder)?;
        Ok(Self { function: function.to_owned(), folder })
    }

    pub(crate) fn add(&self, arn: &str, entry: &Entry, error: &FunctionError) -> io::Result<()> {
        let now = clock::now_ms();
        let record = json!({
            "version": "1.0",
            "timestamp": clock::iso(now),
            "requestContext": {
                "requestId": entry.request_id,
                "functionArn": format!("{arn}:$LATEST"),
                "condition": "RetriesExhausted",
                "approximateInvokeCount": entry.attempts,
            },
            "requestPayload": entry.payload,
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "responsePayload": error.payload,
        });
        let name = format!("{now:015}-{}.json", entry.request_id);
        disk::write_json(&self.folder.join(name), &record)
    }

    /// All of them, the oldest first.
    pub(crate) fn list(&self) -> io::Result<Vec<DeadLetter>> {
        let read = |path: PathBuf| {
            Ok(DeadLetter {
                function: self.function.clone(),
                record: disk::read_json(&path)?,
                path,
            })
        };
        disk::json_files(&self.folder)?.into_iter().map(read).collect()
    }

    pub(crate) fn remove(path: &Path) -> io::Result<()> {
        disk::remove(path)
    }
}

//! Passes notifications of an external store to the queues.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::record;
use super::rule::Rule;
use crate::lambda::Lambda;

/// Puts records of notifications into the queues of the functions that want them.
#[derive(Clone)]
pub struct Sorter {
    rules: Arc<Vec<Rule>>,
    lambda: Arc<Lambda>,
}

/// What became of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sorted {
    /// Events that were queued.
    pub accepted: usize,
    /// Records that match no rule, or that change no object.
    pub ignored: usize,
    /// Records that cannot be understood.
    pub unreadable: usize,
}

impl Sorter {
    /// Follows `rules`.
    pub fn new(rules: Vec<Rule>, lambda: Arc<Lambda>) -> Self {
        Self { rules: Arc::new(rules), lambda }
    }

    /// Accepts all of these records or, if the disk fails, none.
    ///
    /// # Errors
    /// The disk failed, or a rule names a function that is not there.
    pub fn take(&self, records: &[Value]) -> io::Result<Sorted> {
        let (mut accepted, mut sorted) = (Vec::new(), Sorted::default());
        for one in records {
            let change = match record::read(one) {
                Ok(Some(change)) => change,
                Ok(None) => {
                    sorted.ignored += 1;
                    continue;
                }
                Err(reason) => {
                    tracing::warn!(reason, "a record of a notification cannot be parsed");
                    sorted.unreadable += 1;
                    continue;
                }
            };
            let before = accepted.len();
            for rule in self.rules.iter().filter(|rule| rule.matches(&change)) {
                let event = json!({ "Records": [one] });
                accepted.push(rule.accept(&self.lambda, &change, event)?);
            }
            sorted.ignored += usize::from(accepted.len() == before);
        }
        sorted.accepted = accepted.len();
        for one in accepted {
            one.release();
        }
        Ok(sorted)
    }
}

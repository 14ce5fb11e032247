//! Notification rules.

use std::io;

use serde_json::Value;

use crate::error::Error;
use crate::lambda::{Accepted, Function, Lambda};
use crate::s3::{Change, ChangeKind};

/// Event types of a notification configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventPattern {
    /// `s3:ObjectCreated:*`
    Created,
    /// `s3:ObjectRemoved:*`
    Removed,
    /// `s3:ObjectRestore:*`
    Restored,
    /// A single type, such as `s3:ObjectCreated:Put`.
    Only(ChangeKind),
}

impl EventPattern {
    fn matches(self, kind: ChangeKind) -> bool {
        match self {
            Self::Created => !matches!(kind, ChangeKind::Delete | ChangeKind::RestoreCompleted),
            Self::Removed => kind == ChangeKind::Delete,
            Self::Restored => kind == ChangeKind::RestoreCompleted,
            Self::Only(only) => kind == only,
        }
    }
}

/// One entry of a bucket's notification configuration.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) bucket: String,
    pub(crate) function: String,
    pub(crate) events: Vec<EventPattern>,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    pub(crate) batched: bool,
    pub(crate) in_order: bool,
}

impl Rule {
    /// Sends every creation, removal and restoration in `bucket` to `function`.
    pub fn new(bucket: impl Into<String>, function: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            function: function.into(),
            events: vec![EventPattern::Created, EventPattern::Removed, EventPattern::Restored],
            prefix: String::new(),
            suffix: String::new(),
            batched: false,
            in_order: false,
        }
    }

    /// Only these types.
    #[must_use]
    pub fn events(mut self, events: impl IntoIterator<Item = EventPattern>) -> Self {
        self.events = events.into_iter().collect();
        self
    }

    /// Only keys with this prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Only keys with this suffix; case-sensitive, as in S3.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = suffix.into();
        self
    }

    /// Through SQS: each event is a message, and the function gets them in batches
    /// ([`Batching::default`](crate::lambda::Batching)), with partial batch responses.
    #[must_use]
    pub fn batched(mut self) -> Self {
        self.batched = true;
        self
    }

    /// Events of one object are processed one after the other, in the order of its changes.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Checks that the rule's function is among these.
    pub(crate) fn check_function(&self, functions: &[Function]) -> Result<(), Error> {
        if functions.iter().any(|function| function.name == self.function) {
            Ok(())
        } else {
            Err(Error::Rule { kind: "function", name: self.function.clone() })
        }
    }

    /// Puts the event of a change into the function's queue.
    pub(super) fn accept(
        &self,
        lambda: &Lambda,
        change: &Change,
        event: Value,
    ) -> io::Result<Accepted> {
        if self.batched {
            lambda.accept_batched(&self.function, event)
        } else if self.in_order {
            let lane = format!("{}/{}", change.bucket, change.key);
            lambda.accept_in_lane(&self.function, event, lane)
        } else {
            lambda.accept(&self.function, event)
        }
    }

    /// Whether a change matches the rule.
    pub fn matches(&self, change: &Change) -> bool {
        self.bucket == change.bucket
            && self.events.iter().any(|event| event.matches(change.kind))
            && change.key.starts_with(&self.prefix)
            && change.key.ends_with(&self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: ChangeKind, bucket: &str, key: &str) -> Change {
        Change {
            kind,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: None,
            etag: None,
            sequencer: 1,
            time_ms: 0,
        }
    }

    #[test]
    fn a_rule_looks_at_bucket_kind_prefix_and_suffix() {
        let rule = Rule::new("source", "f").prefix("in/").suffix(".jpg");
        assert!(rule.matches(&change(ChangeKind::Put, "source", "in/a.jpg")));
        assert!(rule.matches(&change(ChangeKind::Delete, "source", "in/a.jpg")));
        assert!(!rule.matches(&change(ChangeKind::Put, "other", "in/a.jpg")));
        assert!(!rule.matches(&change(ChangeKind::Put, "source", "out/a.jpg")));
        assert!(!rule.matches(&change(ChangeKind::Put, "source", "in/a.JPG")));
        let rule = rule.events([EventPattern::Only(ChangeKind::Copy)]);
        assert!(rule.matches(&change(ChangeKind::Copy, "source", "in/a.jpg")));
        assert!(!rule.matches(&change(ChangeKind::Put, "source", "in/a.jpg")));
    }
}

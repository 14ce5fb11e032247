//! Puts the store's changes into queues.

use std::io;
use std::sync::Arc;

use super::message::message;
use super::rule::Rule;
use super::tampering::Tampering;
use crate::lambda::{Accepted, Lambda};
use crate::s3::{Announcement, Change, Observer};

/// Puts the store's changes into the queues of the functions that match.
pub struct Notifier {
    rules: Vec<Rule>,
    lambda: Arc<Lambda>,
    tampering: Tampering,
}

impl Notifier {
    /// Creates one with these rules.
    pub fn new(rules: Vec<Rule>, lambda: Arc<Lambda>, tampering: Tampering) -> Self {
        Self { rules, lambda, tampering }
    }
}

impl Observer for Notifier {
    fn announce(&self, change: &Change) -> io::Result<Box<dyn Announcement>> {
        let mut accepted = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.matches(change)) {
            for _ in 0..self.tampering.copies() {
                accepted.push(rule.accept(&self.lambda, change, message(change))?);
            }
        }
        Ok(Box::new(OnDisk { accepted, tampering: self.tampering.clone() }))
    }
}

/// Events on disk that wait until their change becomes visible.
struct OnDisk {
    accepted: Vec<Accepted>,
    tampering: Tampering,
}

impl Announcement for OnDisk {
    fn publish(self: Box<Self>) {
        for accepted in self.accepted {
            self.tampering.pass(accepted);
        }
    }
}

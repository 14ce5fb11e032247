//! Withdraws a canary that exceeds its bounds.

use serde::{Deserialize, Serialize};

use super::bounds::{Exceeded, judge};
use super::ledger::{Ledger, Totals};
use crate::clock;
use crate::component::{Channel, Pointers, Trial, taken_back_key};
use crate::document::{Canary, Step, Watch};
use crate::error::{Code, Error, Fault};
use crate::store::{Condition, ROUNDS, Store};

/// The recorded author of withdrawals.
const BY: &str = "obscura";
/// The report has all counts of the shards.
const MAX_REPORT_BYTES: u64 = 16 << 20;

/// Checks the outcomes of canaries.
#[derive(Debug)]
pub struct Review {
    store: Store,
    bucket: String,
    pointers: Pointers,
    ledger: Ledger,
    document: Watch,
}

/// The report on a canary that was withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakenBack {
    /// The version of this format: 1.
    pub version: u32,
    /// The trial that it failed.
    pub trial: Trial,
    /// The route on which it exceeded a bound.
    pub route: String,
    /// The bound.
    pub exceeded: Exceeded,
    /// All counts.
    pub totals: Totals,
    /// The time of the withdrawal (RFC 3339).
    pub taken_back_at: String,
}

impl Review {
    /// Canaries in this components bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        Self {
            pointers: Pointers::new(store.clone(), bucket),
            ledger: Ledger::new(store.clone(), bucket),
            document: Watch::new(store.clone(), bucket),
            bucket: bucket.to_owned(),
            store,
        }
    }

    /// Read the bounds from this document.
    #[must_use]
    pub fn by(self, document: Watch) -> Self {
        Self { document, ..self }
    }

    /// A shard was written: check its canary, and withdraw it if it exceeds a bound on any route.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read or written: the event must be
    /// delivered again.
    pub async fn consider(&self, key: &str) -> Result<Option<TakenBack>, Error> {
        let Some(named) = Trial::of_key(key) else { return Ok(None) };
        let document = self.document.current().await?;
        for _ in 0..ROUNDS {
            let (stable, canary) = tokio::try_join!(
                self.pointers.read(&named.transform, Channel::Stable),
                self.pointers.read(&named.transform, Channel::Canary)
            )?;
            // Shards of ended trials are ignored.
            let Some(pointer) = canary.value.clone() else { return Ok(None) };
            let active = stable.value.is_some_and(|one| one.release.digest == named.active);
            if pointer.release.digest != named.candidate || !active || pointer.withdrawn.is_some() {
                return Ok(None);
            }
            let trial = Trial { since: pointer.activated_at.clone(), ..named.clone() };
            let totals = self.ledger.totals(&trial).await?;
            let found = document.steps().find_map(|(route, step)| {
                let label = route.label(step);
                let exceeded = judge(totals.routes.get(&label)?, bounds(step, &trial)?)?;
                Some((label, exceeded))
            });
            let Some((route, exceeded)) = found else { return Ok(None) };
            let report = TakenBack {
                version: 1,
                trial,
                route,
                exceeded,
                totals,
                taken_back_at: clock::now_text(),
            };
            // Write the report first, so that there is always a reason on record.
            self.write(&report).await?;
            let reason = format!("on the route `{}`, {}", report.route, report.exceeded);
            let withdrawn = pointer.withdraw(BY, &reason);
            if self.pointers.replace(Channel::Canary, &canary, &withdrawn).await? {
                return Ok(Some(report));
            }
        }
        let message = format!("the canary of `{}` is being changed concurrently", named.transform);
        Err(Fault::new(Code::PublishConflict, message).into())
    }

    async fn write(&self, report: &TakenBack) -> Result<(), Error> {
        let key = taken_back_key(&report.trial.transform, report.trial.candidate);
        let always = Condition::Always;
        self.store.write_record(&self.bucket, &key, report, MAX_REPORT_BYTES, always).await?;
        Ok(())
    }
}

/// The bounds that a step sets for the trial's canary, if it uses it.
fn bounds<'a>(step: &'a Step, trial: &Trial) -> Option<&'a Canary> {
    let same = step.transform == trial.transform;
    step.canary.as_ref().filter(|_| same)
}

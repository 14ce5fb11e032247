//! Handles one invocation of the publish function, from the payload to the response.

use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tracing::Instrument;

use super::command::{self, Command};
use super::documents::Again;
use super::{Publisher, incoming, outcomes, precompile};
use crate::component::{INCOMING, OUTCOMES};
use crate::document;
use crate::error::Fault;
use crate::event::{Delivery, Item, Notification};
use crate::lambda::{Answer, diagnostic, instant, not_understood, reply, reported};
use crate::outcomes::Review;
use crate::telemetry::Metrics;

/// The handler of the publish function's invocations.
#[derive(Debug)]
pub struct PublishFunction {
    publisher: Publisher,
    review: Review,
}

impl PublishFunction {
    /// Publish with this publisher.
    pub fn new(publisher: Publisher) -> Self {
        let review =
            Review::new(publisher.store.clone(), &publisher.bucket).by(publisher.documents.watch());
        Self { publisher, review }
    }

    /// Answer an invocation: an S3 event of the components bucket in any format that the transform
    /// function accepts, or a command such as `{"obscura": "precompile"}`.
    ///
    /// # Errors
    /// A fault, so that Lambda delivers the event again.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let context = &event.context;
        let span = tracing::info_span!("invocation", request_id = context.request_id);
        let deadline = instant(context.deadline);
        self.answer(&event.payload, deadline).instrument(span).await
    }

    async fn answer(
        &self,
        payload: &Value,
        deadline: Option<Instant>,
    ) -> Result<Value, Diagnostic> {
        if let Some(command) = Command::parse(payload) {
            let done = self.carry_out(command, deadline).await;
            return done.map_err(|fault| diagnostic(&reported(fault)));
        }
        let delivery = Delivery::parse(payload);
        let mut answers = Vec::with_capacity(delivery.items.len());
        for item in &delivery.items {
            answers.push((item.id.as_str(), self.process(item, deadline).await));
        }
        reply(&delivery.reply, &answers)
    }

    async fn carry_out(
        &self,
        command: Result<Command, Fault>,
        deadline: Option<Instant>,
    ) -> Result<Value, Fault> {
        let publisher = &self.publisher;
        match command? {
            Command::Precompile { skip, who } => {
                precompile::run(publisher, &skip, &who, deadline).await
            }
            other => command::change(&publisher.store, &publisher.bucket, other).await,
        }
    }

    async fn process(&self, item: &Item, deadline: Option<Instant>) -> Answer {
        let mut answer = Ok(None);
        for notification in &item.notifications {
            let notification = match notification {
                Ok(notification) => notification,
                Err(error) => {
                    answer = Err(not_understood(error));
                    continue;
                }
            };
            if let Err(fault) = self.one(notification, deadline).await {
                tracing::warn!(
                    key = notification.key.as_str(),
                    outcome = %fault.code,
                    reason = fault.message,
                    "to be tried again"
                );
                Metrics::of_fault(&fault).emit();
                answer = Err(fault);
            }
        }
        answer
    }

    async fn one(
        &self,
        notification: &Notification,
        deadline: Option<Instant>,
    ) -> Result<(), Fault> {
        let key = notification.key.as_str();
        if key.starts_with(INCOMING) {
            incoming::receive(&self.publisher, notification, deadline).await?;
            // A document may be waiting for it.
            return self.publisher.documents.receive(Again::IfRefused, deadline).await;
        }
        if key.starts_with(OUTCOMES) {
            return outcomes::receive(&self.review, key).await;
        }
        if key == document::KEY {
            return self.publisher.documents.receive(Again::IfChanged, deadline).await;
        }
        tracing::info!(key, outcome = "ignored", why = "nothing is published from here", "ignored");
        Ok(())
    }
}

//! Applies faults to requests.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::StatusCode;
use s3s::access::S3AccessContext;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use tokio::sync::Notify;

use super::{Fault, Faults};

/// In a request's extensions: the body must fail half-way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutBody;

/// In a request's extensions: its conditions are ignored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IgnoreConditions;

/// In a request's extensions: the fault of its response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate(Arc<(Mutex<End>, Notify)>);

/// The fault of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// Send it.
    #[default]
    Sent,
    /// Close the connection instead.
    HungUp,
    /// Close the connection before there is one.
    Held,
    /// Never send it.
    Waiting,
    /// Send it with this change.
    Altered(Alteration),
}

/// How a response is altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alteration {
    /// A bit of the body.
    FlipBit,
    /// The first half of the body.
    ShortBody,
    /// A page in its place.
    Page,
}

impl Fate {
    pub(crate) fn end(&self) -> End {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the request is held.
    pub(crate) async fn held(&self) {
        self.0.1.notified().await;
    }

    fn decide(&self, end: End) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
        if end == End::Held {
            self.0.1.notify_one();
        }
    }
}

fn decide(context: &mut S3AccessContext<'_>, end: End) {
    if let Some(fate) = context.extensions_mut().get::<Fate>() {
        fate.decide(end);
    }
}

impl Faults {
    /// Called once for each authorised request, before it is executed.
    pub(in crate::s3) async fn strike(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name();
        let bucket = context.s3_path().get_bucket_name().unwrap_or_default();
        let key = context.s3_path().get_object_key().unwrap_or_default();
        match self.meet(operation, bucket, key) {
            None => Ok(()),
            Some(Fault::Status503SlowDown) => {
                Err(s3_error!(SlowDown, "Please reduce your request rate."))
            }
            Some(Fault::Status500) => {
                Err(s3_error!(InternalError, "We encountered an internal error. Please try again."))
            }
            Some(Fault::Error(code, status)) => {
                let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), code);
                error.set_status_code(StatusCode::from_u16(status).unwrap_or_default());
                Err(error)
            }
            Some(Fault::LoseAnswer) => {
                decide(context, End::HungUp);
                Ok(())
            }
            Some(fault @ (Fault::HaltBefore | Fault::HaltAfter)) => {
                decide(context, End::Waiting);
                match fault {
                    Fault::HaltAfter => Ok(()),
                    _ => Err(s3_error!(InternalError)),
                }
            }
            Some(Fault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                Ok(())
            }
            Some(Fault::Hold) => {
                decide(context, End::Held);
                self.hold().await;
                Ok(())
            }
            Some(Fault::FlipBit) => {
                decide(context, End::Altered(Alteration::FlipBit));
                Ok(())
            }
            Some(Fault::ShortBody) => {
                decide(context, End::Altered(Alteration::ShortBody));
                Ok(())
            }
            Some(Fault::Page) => {
                decide(context, End::Altered(Alteration::Page));
                Err(s3_error!(InternalError))
            }
            Some(Fault::IgnoreConditions) => {
                context.extensions_mut().insert(IgnoreConditions);
                Ok(())
            }
            Some(Fault::DropConnectionMidBody) if operation == "GetObject" => {
                context.extensions_mut().insert(CutBody);
                Ok(())
            }
            Some(Fault::DropConnectionMidBody) => {
                decide(context, End::HungUp);
                Err(s3_error!(InternalError))
            }
        }
    }
}

//! Changes of components and the pipeline document during uploads.

use std::time::Duration;

use bytes::Bytes;
use obscura::component::{Channel, TransformName};
use obscura::document;
use obscura::release;
use obscura::store::{Condition, Put};
use serde_json::json;

use crate::component::Component;
use crate::stack::{BUILT_IN, COMPONENTS, Stack};
use crate::upload::Upload;

/// Components that differ only in their version.
const VARIANTS: u64 = 3;
/// The maximum time for publishing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// One change after the other.
pub(super) struct Changes<'a> {
    stack: &'a Stack,
    transform: TransformName,
    component: Vec<u8>,
    turn: u64,
    pub(super) published: u64,
    pub(super) rolled_back: u64,
    pub(super) documents: u64,
}

impl<'a> Changes<'a> {
    pub(super) fn new(stack: &'a Stack) -> anyhow::Result<Self> {
        let transform = BUILT_IN.parse().map_err(anyhow::Error::msg)?;
        let component = Component::read(None)?.bytes;
        Ok(Self {
            stack,
            transform,
            component,
            turn: 0,
            published: 0,
            rolled_back: 0,
            documents: 0,
        })
    }

    /// Publish, change the document, roll back, change the document, and so on.
    pub(super) async fn next(&mut self) -> anyhow::Result<()> {
        self.turn += 1;
        match self.turn % 4 {
            1 => self.publish().await,
            3 => self.roll_back().await,
            _ => self.document().await,
        }
    }

    async fn publish(&mut self) -> anyhow::Result<()> {
        let upload = Upload {
            store: &self.stack.store,
            bucket: COMPONENTS,
            transform: &self.transform,
            channel: Channel::Stable,
            by: "soak",
            patience: PATIENCE,
        };
        let report = upload.publish(self.variant(self.turn / 4 % VARIANTS)?).await?;
        if let Some(refusal) = report.refusal {
            return Err(refusal.into());
        }
        self.published += 1;
        Ok(())
    }

    /// The component with another version: two components with the same version cannot be
    /// published.
    fn variant(&self, number: u64) -> anyhow::Result<Bytes> {
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        let mut other = version.to_vec();
        if let Some(last) = other.last_mut() {
            // As long as the old version, so that no offsets in the component change.
            *last = b'1' + number as u8;
        }
        let mut bytes = self.component.clone();
        let mut at = 0;
        let mut found = false;
        while let Some(rest) = bytes.get_mut(at..at + version.len()) {
            if rest == version {
                rest.copy_from_slice(&other);
                found = true;
            }
            at += 1;
        }
        anyhow::ensure!(found, "the component does not contain its version");
        Ok(bytes.into())
    }

    async fn roll_back(&mut self) -> anyhow::Result<()> {
        let changes = release::Changes::new(self.stack.store.clone(), COMPONENTS, "soak");
        changes.roll_back(&self.transform, None).await?;
        self.rolled_back += 1;
        Ok(())
    }

    async fn document(&mut self) -> anyhow::Result<()> {
        let wide = json!([
            { "name": "large", "width": 1600, "format": "jpeg" },
            { "name": "small", "width": 400, "format": "webp" },
        ]);
        let narrow = json!([
            { "name": "medium", "width": 1024, "format": "jpeg" },
            { "name": "small", "width": 300, "format": "webp" },
            { "name": "thumbnail", "width": 150, "height": 150, "format": "jpeg" },
        ]);
        let renditions = if self.documents.is_multiple_of(2) { wide } else { narrow };
        let step = json!({ "transform": BUILT_IN, "parameters": { "renditions": renditions } });
        let text = json!({ "version": 2, "routes": [{ "name": "all", "steps": [step] }] });
        let put = Put {
            body: text.to_string().into(),
            content_type: "application/json",
            ..Put::default()
        };
        self.stack.store.put(COMPONENTS, document::KEY, put, Condition::Always).await?;
        self.documents += 1;
        Ok(())
    }
}

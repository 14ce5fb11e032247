//! Typed operations: each is a route of the server and an entry in the OpenAPI document, both
//! derived from the signature of its function.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, StatusCode};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::problem::{Problem, Trouble};
use super::wire::{self, Request, Response};
use super::{Shared, Studio};

/// The path of the document itself.
const OPENAPI: &str = "/api/openapi.json";

/// For an operation without a request or response body.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Nothing {}

/// Whether an operation changes what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only computes.
    None,
    /// It does; refused if the studio is read-only.
    Changes,
}

/// All operations.
pub(super) struct Api {
    operations: HashMap<(Method, &'static str), Answering>,
    paths: Map<String, Value>,
    schemas: SchemaGenerator,
}

/// Answers a request.
type Answering =
    Arc<dyn Fn(Shared, Request) -> BoxFuture<'static, Result<Response, Problem>> + Send + Sync>;

/// The maximum size of a JSON body: a document has up to 1 MiB, and escaped as JSON text up to six
/// times as much.
const MAX_JSON_BYTES: u64 = 8 << 20;

/// All operations, including the one that returns the OpenAPI document.
pub(super) struct Operations(HashMap<(Method, &'static str), Answering>);

impl Operations {
    /// The handler of a request, if it is for an operation.
    pub(super) fn find(&self, request: &Request) -> Option<&Answering> {
        let (method, path) = (request.method(), request.uri().path());
        let mut all = self.0.iter();
        let found = all.find(|((verb, at), _)| verb == method && *at == path);
        found.map(|(_, answering)| answering)
    }

    /// The methods of the operations at a path.
    pub(super) fn methods(&self, path: &str) -> Vec<&Method> {
        self.0.keys().filter(|(_, at)| *at == path).map(|(method, _)| method).collect()
    }
}

impl Api {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::openapi3();
        Self { operations: HashMap::new(), paths: Map::new(), schemas: settings.into_generator() }
    }

    /// `GET`, with a query.
    pub(super) fn read<Q, A, F, R>(mut self, path: &'static str, summary: &str, answer: F) -> Self
    where
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Shared, Q) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Problem>> + Send,
    {
        let mut entry = self.entry::<A>(summary, Effect::None);
        self.parameters::<Q>(&mut entry);
        self.add(Method::GET, path, entry, move |studio, request| {
            let answer = answer.clone();
            Box::pin(async move {
                let query = wire::query(request.uri())?;
                Ok(wire::json(StatusCode::OK, &answer(studio, query).await?))
            })
        })
    }

    /// `POST`, with a JSON body.
    pub(super) fn post<B, A, F, R>(
        mut self,
        path: &'static str,
        effect: Effect,
        summary: &str,
        answer: F,
    ) -> Self
    where
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Shared, B) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Problem>> + Send,
    {
        let mut entry = self.entry::<A>(summary, effect);
        let schema = self.schemas.subschema_for::<B>();
        set(
            &mut entry,
            "requestBody",
            json!({ "required": true,
            "content": { "application/json": { "schema": schema } } }),
        );
        self.add(Method::POST, path, entry, move |studio, request| {
            let answer = answer.clone();
            Box::pin(async move {
                allow(&studio, effect)?;
                let body = json_body(request).await?;
                Ok(wire::json(StatusCode::OK, &answer(studio, body).await?))
            })
        })
    }

    /// `PUT`, with a query and a file as the body, of up to `most` bytes.
    pub(super) fn put<Q, A, F, R>(
        mut self,
        path: &'static str,
        effect: Effect,
        most: u64,
        summary: &str,
        answer: F,
    ) -> Self
    where
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Shared, Q, Bytes) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A, Problem>> + Send,
    {
        let mut entry = self.entry::<A>(summary, effect);
        self.parameters::<Q>(&mut entry);
        set(
            &mut entry,
            "requestBody",
            json!({ "required": true, "content":
            { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } }),
        );
        self.add(Method::PUT, path, entry, move |studio, request| {
            let answer = answer.clone();
            Box::pin(async move {
                allow(&studio, effect)?;
                let query = wire::query(request.uri())?;
                let (_room, body) = file(&studio, request, most).await?;
                Ok(wire::json(StatusCode::OK, &answer(studio, query, body).await?))
            })
        })
    }

    /// The complete router, with the OpenAPI document.
    pub(super) fn finish(mut self) -> Operations {
        let trouble = self.schemas.subschema_for::<Trouble>();
        let openapi = json!({
            "openapi": "3.0.3",
            "info": {
                "title": "Obscura Studio",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "The API of the page. Each request needs the header \
                    `Authorization: Bearer TOKEN`, with the token of the printed address.",
            },
            "security": [{ "token": [] }],
            "paths": self.paths,
            "components": {
                "schemas": self.schemas.take_definitions(true),
                "responses": { "Problem": { "description": "The error, and its remedy.",
                    "content": { "application/json": { "schema": trouble } } } },
                "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            },
        });
        let describe = move |_, _| -> BoxFuture<'static, Result<Response, Problem>> {
            let answer = wire::json(StatusCode::OK, &openapi);
            Box::pin(std::future::ready(Ok(answer)))
        };
        self.operations.insert((Method::GET, OPENAPI), Arc::new(describe));
        Operations(self.operations)
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        entry: Map<String, Value>,
        answering: impl Fn(Shared, Request) -> BoxFuture<'static, Result<Response, Problem>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let place = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = place.as_object_mut() {
            set(methods, &method.as_str().to_lowercase(), entry.into());
        }
        self.operations.insert((method, path), Arc::new(answering));
        self
    }

    fn entry<A: JsonSchema>(&mut self, summary: &str, effect: Effect) -> Map<String, Value> {
        let schema = self.schemas.subschema_for::<A>();
        let mut entry = Map::new();
        set(&mut entry, "summary", summary.into());
        if effect == Effect::Changes {
            let what =
                "It changes what is stored; against a deployment, only with --allow-changes.";
            set(&mut entry, "description", what.into());
        }
        set(
            &mut entry,
            "responses",
            json!({
                "200": { "description": "Done.", "content": { "application/json": { "schema": schema } } },
                "default": { "$ref": "#/components/responses/Problem" },
            }),
        );
        entry
    }

    fn parameters<Q: JsonSchema>(&mut self, entry: &mut Map<String, Value>) {
        let schema = Q::json_schema(&mut self.schemas);
        let parameters = parameters(&schema);
        if !parameters.is_empty() {
            set(entry, "parameters", parameters.into());
        }
    }
}

/// A JSON body. A form of another page cannot send one.
async fn json_body<B: DeserializeOwned>(request: Request) -> Result<B, Problem> {
    const REMEDY: &str = "Send JSON as described in /api/openapi.json.";
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Problem::asked("the body's Content-Type is not application/json", REMEDY));
    }
    let body = wire::read(request.into_body(), MAX_JSON_BYTES).await;
    let body = body.ok_or_else(|| Problem::asked("the body is too long", REMEDY))?;
    serde_json::from_slice(&body).map_err(|error| Problem::asked(&error.to_string(), REMEDY))
}

fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    map.insert(name.to_owned(), value);
}

/// The properties of an object, as query parameters.
fn parameters(schema: &Schema) -> Vec<Value> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            let text = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            json!({ "name": name, "in": "query", "required": is_required(name),
                    "description": text.unwrap_or_default(), "schema": schema })
        })
        .collect()
}

fn allow(studio: &Studio, effect: Effect) -> Result<(), Problem> {
    if effect == Effect::None || studio.may_change {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "read-only",
        "this studio is read-only",
        "To allow changes, start it with `obscura studio --allow-changes`.",
    ))
}

/// A body of up to `most` bytes, and its memory reservation, which is released on drop.
async fn file(
    studio: &Studio,
    request: Request,
    most: u64,
) -> Result<(OwnedSemaphorePermit, Bytes), Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "limit-exceeded",
            &format!("the file has more than {}", crate::style::size(most)),
            "Send a smaller one here, or upload it with an S3 client.",
        )
    };
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(most);
    if length > most {
        return Err(too_large());
    }
    let room = studio.room(length).await;
    let body = wire::read(request.into_body(), length).await.ok_or_else(too_large)?;
    Ok((room, body))
}

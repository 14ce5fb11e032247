//! The server and its routes.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};
use obscura::digest::Digest;
use obscura_local::Profile;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::api::{Api, Effect, Nothing, Operations};
use super::door::{Door, harden};
use super::problem::Problem;
use super::wire::{self, Request, Response, accept};
use super::{
    Invoker, Lines, Setup, Shared, Studio, document, files, jobs, operate, page, pictures, preview,
    swap, watch,
};
use crate::deployment::{Author, User};
use crate::functions::Functions;
use crate::stack::{COMPONENTS, DELIVER, DESTINATION, FUNCTION, SOURCE, Stack};

/// A running studio. It stops when dropped.
pub(crate) struct Served {
    address: SocketAddr,
    token: String,
    tasks: Vec<JoinHandle<()>>,
}

/// The response to the page's first request.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Session {
    /// The query key for pictures and events.
    view_key: String,
    /// Whether what is stored may be changed.
    may_change: bool,
    /// Whether there are live events.
    live: bool,
    /// Whether planned renditions can be made on request.
    delivers: bool,
    /// The source bucket, if known.
    source: Option<String>,
    /// The destination bucket.
    destination: String,
    /// The components bucket.
    components: String,
    /// The maximum size of an upload.
    max_upload_bytes: u64,
    /// This program's version.
    version: String,
}

impl Served {
    /// Serve a pipeline on a loopback port; 0 for any free one.
    pub(crate) async fn start(studio: &Shared, port: u16, token: String) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| {
            format!("the studio's port {port} is taken; name another with --studio-port, or 0")
        })?;
        let address = listener.local_addr()?;
        let door = Arc::new(Door::new(address.port(), token.clone()));
        let session = Arc::new(Session {
            view_key: door.view_key().to_owned(),
            may_change: studio.may_change,
            live: studio.local.is_some(),
            delivers: studio.local.as_ref().is_some_and(|lambda| lambda.has(DELIVER)),
            source: studio.source.clone(),
            destination: studio.destination.bucket().to_owned(),
            components: studio.components.clone(),
            max_upload_bytes: pictures::MAX_BYTES,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        });
        let app =
            Arc::new(App { studio: Arc::clone(studio), door, operations: operations(session) });
        let serving = tokio::spawn(accept(listener, move |request| {
            let app = Arc::clone(&app);
            async move { app.answer(request).await }
        }));
        Ok(Self { address, token, tasks: vec![serving] })
    }

    /// Serve the local pipeline.
    pub(crate) async fn beside(stack: &Stack, lines: &Lines, port: u16) -> anyhow::Result<Self> {
        let store = stack.store.clone();
        let studio = Studio::new(Setup {
            destination: obscura::release::Destination::new(store.clone(), DESTINATION, ""),
            store,
            source: Some(SOURCE.to_owned()),
            components: COMPONENTS.to_owned(),
            may_change: true,
            local: Some(Arc::clone(stack.local.lambda())),
            invoker: Some(Invoker {
                functions: Functions::local(Profile::read(stack.local.root())?),
                name: FUNCTION.to_owned(),
            }),
            author: Author {
                user: User { by: std::env::var("USER").unwrap_or_else(|_| "studio".to_owned()) },
                reason: String::new(),
                function: None,
            },
        })?;
        // The token stays the same as long as the folder exists, so open pages keep working.
        let secret = &stack.local.credentials().secret_access_key;
        let token = Digest::of(format!("obscura studio {secret}").as_bytes()).to_string();
        let token = token.chars().take(32).collect();
        let mut served = Self::start(&studio, port, token).await?;
        let events = stack.local.events();
        // There is only one studio per pipeline, so the lines can be taken.
        let _ = lines.0.set(Arc::clone(&studio));
        served.tasks.push(tokio::spawn(watch::follow(studio, events)));
        Ok(served)
    }

    /// The address to open.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The address of the event stream, which is no operation.
const EVENTS: &str = "/api/events";

/// Answers requests.
struct App {
    studio: Shared,
    door: Arc<Door>,
    operations: Operations,
}

impl App {
    async fn answer(&self, request: Request) -> Response {
        let answered = match self.door.admit(&request) {
            Ok(()) => self.admitted(request).await,
            Err(problem) => Err(problem),
        };
        let mut answer = answered.unwrap_or_else(wire::refuse);
        harden(&mut answer);
        answer
    }

    async fn admitted(&self, request: Request) -> Result<Response, Problem> {
        if let Some(answering) = self.operations.find(&request) {
            return answering(Arc::clone(&self.studio), request).await;
        }
        if let Some(answer) = self.misused(&request) {
            return Ok(answer);
        }
        let path = request.uri().path().trim_start_matches('/');
        let (place, rest) = path.split_once('/').unwrap_or((path, ""));
        match (place, rest.split_once('/').unwrap_or((rest, ""))) {
            _ if *request.method() != Method::GET => {}
            ("api", ("events", "")) => return Ok(self.studio.feed.events()),
            ("files", ("made", id)) => return files::made(&self.studio, id),
            ("files", ("golden", name)) => return files::golden(name),
            ("files", (place, "")) => {
                return files::object(&self.studio, place, request.uri()).await;
            }
            ("page", _) => return page::file(rest),
            ("api" | "files", _) => {}
            (_, ("", "")) => return Ok(page::index()),
            _ => {}
        }
        Err(Problem::missing("there is nothing at this address", "Open the start page."))
    }

    /// The response to a method that an address of the API does not have.
    fn misused(&self, request: &Request) -> Option<Response> {
        let (method, path) = (request.method(), request.uri().path());
        let mut allowed: Vec<&str> =
            self.operations.methods(path).into_iter().map(Method::as_str).collect();
        if path == EVENTS && method != Method::GET {
            allowed.push(Method::GET.as_str());
        }
        if allowed.is_empty() {
            return None;
        }
        allowed.sort_unstable();
        let allowed = allowed.join(", ");
        let mut answer = wire::refuse(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            &format!("{path} does not take {method}"),
            &format!("Use {allowed}, as described in /api/openapi.json."),
        ));
        // Methods are ASCII.
        if let Ok(allowed) = HeaderValue::try_from(allowed) {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        Some(answer)
    }
}

fn operations(session: Arc<Session>) -> Operations {
    Api::new()
        .read("/api/session", "The permitted operations, and the buckets.", {
            move |_: Shared, _: Nothing| {
                let session = Arc::clone(&session);
                async move { Ok::<_, Problem>((*session).clone()) }
            }
        })
        .read("/api/pictures", "A page of pictures, the newest first.", pictures::list)
        .read("/api/picture", "The details of a picture.", pictures::one)
        .read("/api/picture/facts", "The metadata of a picture's file.", pictures::facts)
        .put(
            "/api/picture",
            Effect::Changes,
            pictures::MAX_BYTES,
            "Upload a picture.",
            pictures::upload,
        )
        .post(
            "/api/picture/render",
            Effect::Changes,
            "Have a planned rendition made, as a request for its URL does.",
            pictures::render,
        )
        .post("/api/picture/delete", Effect::Changes, "Delete a picture.", pictures::delete)
        .read("/api/transform", "A component's description.", preview::describe)
        .post(
            "/api/preview",
            Effect::None,
            "Preview parameters without storing anything.",
            preview::run,
        )
        .put(
            "/api/scratch",
            Effect::None,
            pictures::MAX_BYTES,
            "Keep a picture in memory for previews.",
            preview::scratch,
        )
        .read("/api/score", "The similarity of two files under /files/made.", preview::judge)
        .read("/api/document", "The state of the pipeline document.", document::show)
        .post("/api/document/look", Effect::None, "Check a text statically.", document::look)
        .post(
            "/api/document/check",
            Effect::None,
            "Run a text through the gate without saving it.",
            document::check,
        )
        .post("/api/document", Effect::Changes, "Save a text.", document::save)
        .read("/api/document/history", "The last ten documents.", document::history)
        .read("/api/document/earlier", "One of the last ten documents.", document::earlier)
        .read("/api/transforms", "The published components and their results.", swap::overview)
        .put(
            "/api/publish",
            Effect::Changes,
            swap::MAX_BYTES,
            "Publish a component: a long operation.",
            swap::publish,
        )
        .put(
            "/api/check",
            Effect::None,
            swap::MAX_BYTES,
            "Check whether a component would be published: a long operation.",
            swap::check,
        )
        .post("/api/promote", Effect::Changes, "Make the canary the stable one.", swap::promote)
        .post(
            "/api/rollback",
            Effect::Changes,
            "Roll back to an earlier component, or withdraw the canary.",
            swap::roll_back,
        )
        .post(
            "/api/compare",
            Effect::None,
            "Compare two components over pictures: a long operation.",
            swap::compare,
        )
        .read("/api/failures", "Failures by code, and dead letters.", operate::failures)
        .post("/api/redrive", Effect::Changes, "Retry dead letters.", operate::redrive)
        .post(
            "/api/again",
            Effect::Changes,
            "Have the transform function process pictures again.",
            operate::again,
        )
        .read("/api/activity", "The functions' activity.", operate::activity)
        .post("/api/verify", Effect::None, "Verify renditions: a long operation.", operate::verify)
        .post(
            "/api/affected",
            Effect::None,
            "The number of pictures that a component made.",
            operate::affected,
        )
        .post(
            "/api/repair",
            Effect::Changes,
            "Render the pictures of a component again: a long operation.",
            operate::repair,
        )
        .read("/api/jobs", "Long operations, the newest first.", jobs::all)
        .read("/api/job", "A long operation.", jobs::one)
        .post("/api/job/stop", Effect::None, "Stop a long operation.", jobs::stop)
        .read("/api/pipeline.schema.json", "The JSON Schema of the document.", document::schema)
        .finish()
}

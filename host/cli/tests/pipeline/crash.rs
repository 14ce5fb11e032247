//! Every request of an event fails in turn: the function is killed before or after the store
//! processes the request, or the store returns an error, or its response is dropped, truncated or
//! altered. The event is delivered again, and the destination must be that of an undisturbed run.

use std::collections::BTreeSet;
use std::time::Duration;

use obscura::pipeline::{Manifest, Status};
use obscura_local::{Event, Fault, Matcher};
use serde_json::json;

use crate::stage::pictures::{jpeg, png};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const PLAIN: &str = "{key}/{rendition}.{extension}";
const VERSIONED: &str = "{key}/{version}/{rendition}.{extension}";
/// The possible difference in a change's number of requests, as the pipeline document is polled
/// every second.
const SLACK: u64 = 6;
const KILLED: [Fault; 2] = [Fault::HaltBefore, Fault::HaltAfter];
/// A fault of the store or the network that occurs once. S3 has been strongly consistent since
/// 2020, so it does not deny an existing object.
const DISTURBED: [Fault; 17] = [
    Fault::LoseAnswer,
    Fault::DropConnectionMidBody,
    Fault::FlipBit,
    Fault::ShortBody,
    Fault::Page,
    Fault::Error("SlowDown", 503),
    Fault::Error("InternalError", 500),
    Fault::Error("ServiceUnavailable", 503),
    Fault::Error("RequestTimeout", 400),
    Fault::Error("AccessDenied", 403),
    Fault::Error("ExpiredToken", 400),
    Fault::Error("InvalidAccessKeyId", 403),
    Fault::Error("RequestTimeTooSkewed", 403),
    Fault::Error("PreconditionFailed", 412),
    Fault::Error("ConditionalRequestConflict", 409),
    Fault::Error("OperationAborted", 409),
    Fault::Error("TooManyRequests", 429),
];

/// S3's error codes, except those that an object is missing, archived, or has no such range or key:
/// these say something else about a picture.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const REFUSED: [Fault; 111] = [
    Fault::Error("AccessControlListNotSupported", 400),
    Fault::Error("AccessDenied", 403),
    Fault::Error("AccessPointAlreadyOwnedByYou", 409),
    Fault::Error("AccountProblem", 403),
    Fault::Error("AllAccessDisabled", 403),
    Fault::Error("AmbiguousGrantByEmailAddress", 400),
    Fault::Error("AuthorizationHeaderMalformed", 400),
    Fault::Error("AuthorizationQueryParametersError", 400),
    Fault::Error("BadDigest", 400),
    Fault::Error("BandwidthLimitExceeded", 503),
    Fault::Error("BucketAlreadyExists", 409),
    Fault::Error("BucketAlreadyOwnedByYou", 409),
    Fault::Error("BucketHasAccessPointsAttached", 400),
    Fault::Error("BucketNotEmpty", 409),
    Fault::Error("ClientTokenConflict", 409),
    Fault::Error("ConditionalRequestConflict", 409),
    Fault::Error("ConnectionClosedByRequester", 400),
    Fault::Error("CredentialsNotSupported", 400),
    Fault::Error("CrossLocationLoggingProhibited", 403),
    Fault::Error("DeviceNotActiveError", 400),
    Fault::Error("EndpointNotFound", 400),
    Fault::Error("EntityTooLarge", 400),
    Fault::Error("EntityTooSmall", 400),
    Fault::Error("ExpiredToken", 400),
    Fault::Error("IllegalLocationConstraintException", 400),
    Fault::Error("IllegalVersioningConfigurationException", 400),
    Fault::Error("IncompleteBody", 400),
    Fault::Error("IncorrectEndpoint", 400),
    Fault::Error("IncorrectNumberOfFilesInPostRequest", 400),
    Fault::Error("InlineDataTooLarge", 400),
    Fault::Error("InternalError", 500),
    Fault::Error("InvalidAccessKeyId", 403),
    Fault::Error("InvalidAccessPoint", 400),
    Fault::Error("InvalidArgument", 400),
    Fault::Error("InvalidBucketName", 400),
    Fault::Error("InvalidBucketState", 409),
    Fault::Error("InvalidDigest", 400),
    Fault::Error("InvalidEncryptionAlgorithmError", 400),
    Fault::Error("InvalidHostHeader", 400),
    Fault::Error("InvalidHttpMethod", 400),
    Fault::Error("InvalidLocationConstraint", 400),
    Fault::Error("InvalidPart", 400),
    Fault::Error("InvalidPartOrder", 400),
    Fault::Error("InvalidPayer", 403),
    Fault::Error("InvalidPolicyDocument", 400),
    Fault::Error("InvalidRequest", 400),
    Fault::Error("InvalidSecurity", 403),
    Fault::Error("InvalidSignature", 400),
    Fault::Error("InvalidSOAPRequest", 400),
    Fault::Error("InvalidStorageClass", 400),
    Fault::Error("InvalidTag", 400),
    Fault::Error("InvalidTargetBucketForLogging", 400),
    Fault::Error("InvalidToken", 400),
    Fault::Error("InvalidURI", 400),
    Fault::Error("KMS.DisabledException", 400),
    Fault::Error("KMS.KeyUnavailableException", 500),
    Fault::Error("KMS.ThrottlingException", 400),
    Fault::Error("MalformedACLError", 400),
    Fault::Error("MalformedPolicy", 400),
    Fault::Error("MalformedPOSTRequest", 400),
    Fault::Error("MalformedXML", 400),
    Fault::Error("MaxMessageLengthExceeded", 400),
    Fault::Error("MetadataTooLarge", 400),
    Fault::Error("MethodNotAllowed", 405),
    Fault::Error("MissingAttachment", 400),
    Fault::Error("MissingAuthenticationToken", 403),
    Fault::Error("MissingContentLength", 411),
    Fault::Error("MissingRequestBodyError", 400),
    Fault::Error("MissingSecurityElement", 400),
    Fault::Error("MissingSecurityHeader", 400),
    Fault::Error("NoLoggingStatusForKey", 400),
    Fault::Error("NoSuchAccessPoint", 404),
    Fault::Error("NoSuchBucket", 404),
    Fault::Error("NoSuchBucketPolicy", 404),
    Fault::Error("NoSuchLifecycleConfiguration", 404),
    Fault::Error("NoSuchTagSet", 404),
    Fault::Error("NoSuchUpload", 404),
    Fault::Error("NotImplemented", 501),
    Fault::Error("NotSignedUp", 403),
    Fault::Error("OperationAborted", 409),
    Fault::Error("OwnershipControlsNotFoundError", 404),
    Fault::Error("PermanentRedirect", 301),
    Fault::Error("PreconditionFailed", 412),
    Fault::Error("Redirect", 307),
    Fault::Error("RequestExpired", 400),
    Fault::Error("RequestHeaderSectionTooLarge", 400),
    Fault::Error("RequestIsNotMultiPartContent", 400),
    Fault::Error("RequestTimeout", 400),
    Fault::Error("RequestTimeTooSkewed", 403),
    Fault::Error("RequestTorrentOfBucketError", 400),
    Fault::Error("ResponseInterrupted", 400),
    Fault::Error("RestoreAlreadyInProgress", 409),
    Fault::Error("ServerSideEncryptionConfigurationNotFoundError", 404),
    Fault::Error("ServiceUnavailable", 503),
    Fault::Error("SignatureDoesNotMatch", 403),
    Fault::Error("SlowDown", 503),
    Fault::Error("TemporaryRedirect", 307),
    Fault::Error("TokenCodeInvalidError", 400),
    Fault::Error("TokenRefreshRequired", 400),
    Fault::Error("TooManyAccessPoints", 400),
    Fault::Error("TooManyBuckets", 400),
    Fault::Error("TooManyMultiRegionAccessPointregionsError", 400),
    Fault::Error("UnauthorizedAccess", 403),
    Fault::Error("UnexpectedContent", 400),
    Fault::Error("UnexpectedIPError", 403),
    Fault::Error("UnsupportedArgument", 400),
    Fault::Error("UnsupportedSignature", 400),
    Fault::Error("UnresolvableGrantByEmailAddress", 400),
    Fault::Error("UserKeyMustBeSpecified", 400),
    Fault::Error("XAmzContentChecksumMismatch", 400),
    Fault::Error("XAmzContentSHA256Mismatch", 400),
];

/// The change of a picture during which the function is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    New,
    Overwritten,
    /// Its route now has another step.
    Rerouted,
    /// The last change of its route is reverted.
    TakenBack,
    Failing,
    Deleted,
}

const CHANGES: [Change; 6] = [
    Change::New,
    Change::Overwritten,
    Change::Rerouted,
    Change::TakenBack,
    Change::Failing,
    Change::Deleted,
];

/// Four steps: two of the source, one that replaces a rendition, and one that reads the
/// replacement.
fn document(template: &str, last: &str) -> String {
    let step = |name: &str, of: &str, rendition: &str| {
        json!({ "name": name, "transform": "echo", "of": of,
                "parameters": { "rendition": rendition } })
    };
    let mut mark = step("mark", "first", "mark");
    mark["replace"] = json!(true);
    let mut copy = step("copy", "mark", last);
    copy["required"] = json!(false);
    let steps = json!([step("first", "source", "a"), step("second", "source", "b"), mark, copy]);
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    json!({ "version": 2, "routes": [route] }).to_string()
}

/// A pipeline, and its function's processes.
struct Crashing {
    stage: Stage,
    template: &'static str,
    faults: &'static [Fault],
    pids: BTreeSet<u32>,
    points: u64,
}

impl Crashing {
    async fn new(template: &'static str, faults: &'static [Fault]) -> Self {
        let mut setup = Setup::echo();
        // Each event is delivered by hand.
        setup.silent = true;
        setup.function.retry_backoff = Duration::from_millis(5);
        let crashing =
            Self { stage: setup.start().await, template, faults, pids: BTreeSet::new(), points: 0 };
        crashing.reroute("c").await;
        crashing
    }

    async fn reroute(&self, last: &str) {
        self.stage.document(&document(self.template, last)).await;
    }

    /// Let every request after a change fail.
    async fn at_every_request(&mut self, change: Change) {
        let probe = format!("{change:?}/probe.jpg");
        self.prepare(change, std::slice::from_ref(&probe)).await;
        self.stage.local.faults().reset_counts();
        assert!(!self.at(change, &probe, u64::MAX, Fault::HaltBefore).await);
        let requests: u64 = self.stage.local.faults().counts().values().sum();
        let points = self.faults.iter().flat_map(|fault| {
            (0..requests + SLACK)
                .map(move |skip| (*fault, skip, format!("{change:?}/{}/{skip}.jpg", name(*fault))))
        });
        let points: Vec<_> = points.collect();
        let keys: Vec<String> = points.iter().map(|(.., key)| key.clone()).collect();
        self.prepare(change, &keys).await;
        let mut over = Vec::new();
        for (fault, skip, key) in &points {
            if over.contains(fault) {
                continue;
            }
            if self.at(change, key, *skip, *fault).await {
                self.points += 1;
            } else {
                over.push(*fault);
            }
        }
        assert_eq!(over, self.faults, "an event needs more requests than the first one did");
        self.reroute("c").await;
    }

    /// Bring pictures into the state before the change.
    async fn prepare(&self, change: Change, keys: &[String]) {
        let deliver_all = async || {
            for key in keys {
                self.stage.deliver(Stage::event(key, Some("any"))).await;
            }
        };
        if change == Change::New {
            return;
        }
        self.reroute("c").await;
        for key in keys {
            self.stage.put(SOURCE, key, jpeg("1")).await;
        }
        deliver_all().await;
        if matches!(change, Change::TakenBack | Change::Rerouted) {
            self.reroute("d").await;
        }
        if change == Change::TakenBack {
            deliver_all().await;
            self.reroute("c").await;
        }
    }

    /// `false`, if there are fewer requests.
    async fn at(&mut self, change: Change, key: &str, skip: u64, fault: Fault) -> bool {
        let stage = &self.stage;
        let source = match change {
            Change::New | Change::Rerouted | Change::TakenBack => Some(jpeg("1")),
            Change::Overwritten => Some(png("2")),
            Change::Failing => Some(Vec::new()),
            Change::Deleted => None,
        };
        match &source {
            Some(body) => drop(stage.put(SOURCE, key, body.clone()).await),
            None => stage.delete(SOURCE, key).await,
        }
        let before = stage.local.faults().halted();
        stage.local.faults().fail_after(skip, Matcher::any(), fault);
        let event = Stage::event(key, source.is_some().then_some("any"));
        stage.local.lambda().accept("transform", event).unwrap().release();
        let halted = self.kill_when_halted(before).await;
        self.stage.local.faults().clear();
        self.stage.local.idle().await;
        self.is_as_it_should_be(key, source.as_deref(), change).await;
        halted
    }

    /// Whether a request has failed.
    async fn kill_when_halted(&mut self, before: u64) -> bool {
        let idle = self.stage.local.idle();
        let halted = async {
            while self.stage.local.faults().halted() == before {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            () = halted => {}
            () = idle => return self.stage.local.faults().is_clear(),
        }
        for event in self.stage.happened() {
            match event {
                Event::EnvironmentStarted { pid, .. } => drop(self.pids.insert(pid)),
                Event::EnvironmentStopped { pid, .. } => drop(self.pids.remove(&pid)),
                _ => {}
            }
        }
        for pid in &self.pids {
            drop(std::process::Command::new("kill").args(["-9", &pid.to_string()]).output());
        }
        true
    }

    /// The destination matches the source, and has nothing else.
    async fn is_as_it_should_be(&self, key: &str, source: Option<&[u8]>, change: Change) {
        let stage = &self.stage;
        let all = stage.store.list(DESTINATION, &format!("{key}/")).await.unwrap();
        let Some(source) = source else {
            assert_eq!(all, Vec::<String>::new(), "{key}\n{}", stage.text());
            return;
        };
        let manifest: Manifest = serde_json::from_value(stage.manifest(key).await).unwrap();
        let failed = source.is_empty();
        assert_eq!(manifest.status == Status::Failed, failed, "{key}");
        let names: BTreeSet<_> = manifest.renditions.iter().map(|one| one.name.as_str()).collect();
        let last = if change == Change::Rerouted { "a-d" } else { "a-c" };
        let expected = if failed { BTreeSet::new() } else { BTreeSet::from(["a", "b", last]) };
        assert_eq!(names, expected, "{key}\n{}", stage.text());
        for rendition in &manifest.renditions {
            let stored = stage.object(&rendition.key).await.unwrap_or_else(|| panic!("{key}"));
            assert_eq!(
                (stored.etag.as_str(), &*stored.body),
                (rendition.etag.as_str(), source),
                "{key}"
            );
        }
        let named: BTreeSet<&str> = manifest.keys().collect();
        let record = format!("{key}/manifest.json");
        let others = all.iter().filter(|one| !named.contains(one.as_str()) && **one != record);
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new(), "{key}\n{}", stage.text());
    }
}

/// A fault's name, as part of a key.
fn name(fault: Fault) -> String {
    format!("{fault:?}").chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The number of failed requests.
async fn all(template: &'static str, faults: &'static [Fault], changes: &[Change]) -> u64 {
    let mut crashing = Crashing::new(template, faults).await;
    for change in changes {
        crashing.at_every_request(*change).await;
    }
    assert_eq!(crashing.stage.dead_letters(), 0, "{}", crashing.stage.text());
    println!("{template}: {} requests of {} faults", crashing.points, faults.len());
    crashing.points
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: `just test-all`"]
async fn killed_at_every_request_a_route_of_several_steps_ends_as_if_undisturbed() {
    assert!(all(PLAIN, &KILLED, &CHANGES).await > 100);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: `just test-all`"]
async fn killed_at_every_request_with_keys_that_never_change() {
    assert!(all(VERSIONED, &KILLED, &CHANGES).await > 100);
}

/// `OBSCURA_CRASH_POINTS` is the minimum number of points.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes an hour"]
async fn stress_killed_thousands_of_times() {
    let wanted = std::env::var("OBSCURA_CRASH_POINTS").ok().and_then(|text| text.parse().ok());
    let (wanted, mut points) = (wanted.unwrap_or(5_000), 0);
    while points < wanted {
        points += all(PLAIN, &KILLED, &CHANGES).await + all(VERSIONED, &KILLED, &CHANGES).await;
    }
    println!("killed {points} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_or_wrong_at_every_request() {
    let faults = &[
        Fault::LoseAnswer,
        Fault::Error("AccessDenied", 403),
        Fault::Error("PreconditionFailed", 412),
        Fault::Error("NoSuchBucket", 404),
    ];
    assert!(all(PLAIN, faults, &[Change::Overwritten, Change::Deleted]).await > 50);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn stress_every_fault_at_every_request() {
    for template in [PLAIN, VERSIONED] {
        assert!(all(template, &DISTURBED, &CHANGES).await > 1_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn stress_every_code_at_every_request() {
    assert!(all(PLAIN, &REFUSED, &[Change::Overwritten, Change::Deleted]).await > 1_000);
}

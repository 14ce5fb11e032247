//! Components that are uploaded with S3 only, as by `aws s3 cp`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use obscura::code::Code;
use obscura::component::report_key;
use obscura::digest::Digest;
use obscura::publish::{Outcome, Report};
use obscura::sandbox::ENGINE_ID;
use obscura::store::{Fetched, Store};
use serde_json::{Value, json};

use crate::stage::pictures::{GRADIENT, jpeg};
use crate::stage::{COMPONENTS, PUBLISH, SOURCE, Setup, Stage, bootstrap, component, tuned};

/// Read an object of the components bucket.
pub(crate) async fn stored(stage: &Stage, key: &str) -> Option<Bytes> {
    let Fetched::Object(object) = stage.store.get(COMPONENTS, key, None).await.unwrap() else {
        return None;
    };
    Some(object.body.collect(1 << 30).await.unwrap())
}

/// The report on an upload.
pub(crate) async fn report(stage: &Stage, upload: &str) -> Option<Report> {
    let text = stored(stage, &report_key(upload)).await?;
    Some(serde_json::from_slice(&text).unwrap())
}

/// Upload a component, and wait for the report.
pub(crate) async fn upload(stage: &Stage, key: &str, wasm: impl Into<Bytes>) -> Report {
    stage.put(COMPONENTS, key, wasm).await;
    stage.local.idle().await;
    report(stage, key).await.unwrap_or_else(|| panic!("{key}: {}", stage.text()))
}

/// The report on the upload with this ETag, once there is one.
pub(crate) async fn report_of(store: &Store, upload: &str, etag: &str) -> Report {
    for _ in 0..3_000 {
        let key = report_key(upload);
        let report = store.read_record::<Report>(COMPONENTS, &key, 1 << 30).await.unwrap().value;
        match report.filter(|report| report.upload.etag == etag) {
            Some(report) => return report,
            None => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    panic!("there is no report on {upload}")
}

/// A stage with `hostile` published, which renders every picture.
pub(crate) async fn well() -> (Stage, Digest) {
    let route = json!({ "name": "all", "transform": "hostile" });
    let stage = Setup::new(&[], route).publishers(2).start().await;
    let wasm = tuned("well", "hostile", "1.0.0");
    let digest = Digest::of(&wasm);
    let report = upload(&stage, "incoming/hostile/well.wasm", wasm).await;
    assert_eq!((report.outcome, report.active), (Outcome::Active, Some(digest)), "{report:?}");
    (stage, digest)
}

#[tokio::test]
async fn an_upload_is_active_within_seconds_in_the_same_process() {
    let program = || Digest::of(&std::fs::read(bootstrap()).unwrap());
    let before = program();
    let route = json!({ "name": "all", "transform": "resize" });
    let stage = Setup::new(&["resize"], route).publishers(1).start().await;
    stage.upload("warm.jpg", GRADIENT).await;
    // The same code with another version, which is in its data.
    let mut wasm = component("resize");
    let start = wasm.windows(11).position(|bytes| bytes == b"resize0.1.0").unwrap();
    wasm[start + 10] = b'9';
    let digest = Digest::of(&wasm);
    stage.put(COMPONENTS, "incoming/resize/next.wasm", wasm).await;
    let started = Instant::now();
    let mut number = 0;
    let took = loop {
        number += 1;
        let key = format!("{number}.jpg");
        stage.put(SOURCE, &key, GRADIENT).await;
        while stage.object(&format!("{key}/manifest.json")).await.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if stage.manifest(&key).await["steps"][0]["transform"]["digest"] == digest.to_string() {
            break started.elapsed();
        }
        // A busy machine takes longer.
        assert!(started.elapsed() < Duration::from_secs(240), "{}", stage.text());
    };
    stage.local.idle().await;
    let report = report(&stage, "incoming/resize/next.wasm").await.unwrap();
    println!(
        "upload to first rendition by the new digest: {took:?}; gate and all {} ms",
        report.ms
    );
    assert_eq!(report.outcome, Outcome::Active, "{report:?}");
    assert_eq!(stage.started().len(), 1, "one process did it all");
    assert_eq!(program(), before);
}

#[tokio::test]
async fn proved_documents_are_kept_and_not_overwritten() {
    let (stage, digest) = well().await;
    let folder = format!("transforms/hostile/{digest}");
    let mut keys = stage.store.list(COMPONENTS, "transforms/").await.unwrap();
    keys.sort();
    let mut expected = [
        format!("{folder}/component.wasm"),
        format!("{folder}/release.json"),
        format!("{folder}/report.json"),
        format!("{folder}/{ENGINE_ID}.cwasm"),
        "transforms/hostile/channels/stable.json".to_owned(),
        "transforms/hostile/versions/1.0.0.json".to_owned(),
    ];
    expected.sort();
    assert_eq!(keys, expected);
    let mut before = Vec::new();
    for key in &keys {
        before.push(stored(&stage, key).await);
    }
    // The same again: nothing is compiled, nothing changes.
    let wasm = tuned("well", "hostile", "1.0.0");
    let again = upload(&stage, "incoming/hostile/again.wasm", wasm).await;
    assert_eq!(
        (again.outcome, again.active, again.previous),
        (Outcome::Active, Some(digest), None)
    );
    assert!(again.proof.unwrap().compiled_before);
    for (key, before) in keys.iter().zip(before) {
        assert_eq!(stored(&stage, key).await, before, "{key}");
    }
}

#[tokio::test]
async fn routes_and_golden_pictures_have_their_say() {
    let (stage, digest) = well().await;
    // The author's golden picture is tried, too.
    stage.put(COMPONENTS, "incoming/hostile/golden/mine.jpg", GRADIENT).await;
    let report = upload(&stage, "incoming/hostile/a.wasm", tuned("well", "hostile", "1.0.1")).await;
    let proof = report.proof.unwrap();
    assert!(proof.pictures.iter().any(|one| one.name == "mine.jpg" && one.renditions == 1));
    // A live route with parameters that it does not accept.
    let active = report.active;
    stage
        .routes(json!([{ "name": "odd", "transform": "hostile", "parameters": { "colour": 1 } }]))
        .await;
    let report = upload(&stage, "incoming/hostile/b.wasm", tuned("well", "hostile", "1.0.2")).await;
    assert_eq!(report.problem().map(Code::as_str), Some("parameters-refused"));
    assert!(report.refusal.unwrap().message.contains("route `odd`"));
    assert_eq!(report.active, active);
    assert_ne!(active, Some(digest));
}

#[tokio::test]
async fn a_canary_does_not_change_stable() {
    let (stage, digest) = well().await;
    let wasm = tuned("well", "hostile", "2.0.0");
    let canary = Digest::of(&wasm);
    let report = upload(&stage, "incoming/hostile/canary/next.wasm", wasm).await;
    assert_eq!((report.outcome, report.active), (Outcome::Active, Some(canary)));
    let pointer = async |channel: &str| -> Value {
        let key = format!("transforms/hostile/channels/{channel}.json");
        serde_json::from_slice(&stored(&stage, &key).await.unwrap()).unwrap()
    };
    assert_eq!(pointer("stable").await["digest"], digest.to_string());
    assert_eq!(pointer("canary").await["digest"], canary.to_string());
}

#[tokio::test]
async fn a_new_host_compiles_active_components_before_it_takes_over() {
    let route = json!({ "name": "all", "transform": "hostile" });
    let mut setup = Setup::new(&[], route).publishers(1);
    setup.function.retries = 12;
    let stage = setup.start().await;
    let wasm = tuned("well", "hostile", "1.0.0");
    let digest = Digest::of(&wasm);
    upload(&stage, "incoming/hostile/well.wasm", wasm).await;
    // As left by an older host: compiled for another engine.
    for key in [
        format!("transforms/hostile/{digest}/release.json"),
        "transforms/hostile/channels/stable.json".to_owned(),
    ] {
        let text = String::from_utf8(stored(&stage, &key).await.unwrap().to_vec()).unwrap();
        stage.put(COMPONENTS, &key, text.replace(ENGINE_ID, "wasmtime-1.2.3-old")).await;
    }
    stage.delete(COMPONENTS, &format!("transforms/hostile/{digest}/{ENGINE_ID}.cwasm")).await;
    stage.put(SOURCE, "a.jpg", jpeg("1")).await;
    while !stage.text().contains("artifact-missing") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(stage.keys().await.is_empty(), "it fails closed");
    let precompile = json!({ "obscura": "precompile" });
    let done = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap();
    assert_eq!(done["compiled"].as_array().unwrap().len(), 1, "{done}");
    stage.local.idle().await;
    assert_eq!(
        stage.manifest("a.jpg").await["steps"][0]["transform"]["digest"],
        digest.to_string()
    );
    assert_eq!(stage.dead_letters(), 0, "nothing is lost");
    let again = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap();
    assert_eq!((&again["compiled"], again["present"].as_array().unwrap().len()), (&json!([]), 1));
    let release = stored(&stage, &format!("transforms/hostile/{digest}/release.json")).await;
    let release: Value = serde_json::from_slice(&release.unwrap()).unwrap();
    assert_eq!(release["artifacts"].as_object().unwrap().len(), 2, "the old host's stays");
}

#[tokio::test]
async fn code_that_is_not_what_was_published_is_compiled_again() {
    let (stage, digest) = well().await;
    let artifact = format!("transforms/hostile/{digest}/{ENGINE_ID}.cwasm");
    let before = stored(&stage, &artifact).await;
    let precompile = json!({ "obscura": "precompile" });
    for forged in [false, true] {
        if forged {
            stage.put(COMPONENTS, &artifact, "not what was published").await;
        } else {
            stage.delete(COMPONENTS, &artifact).await;
        }
        let done = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap();
        assert_eq!((done["compiled"].as_array().unwrap().len(), &done["present"]), (1, &json!([])));
        assert_eq!(stored(&stage, &artifact).await, before);
    }
    // Publishing again does the same, and does not use the existing artifact.
    stage.put(COMPONENTS, &artifact, "not what was published").await;
    let wasm = tuned("well", "hostile", "1.0.0");
    upload(&stage, "incoming/hostile/again.wasm", wasm).await;
    assert_eq!(stored(&stage, &artifact).await, before);
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(
        stage.manifest("a.jpg").await["steps"][0]["transform"]["digest"],
        digest.to_string()
    );
}

// Without the operator's commands, there is no client of AWS Lambda.
#[cfg(feature = "operate")]
#[tokio::test]
async fn the_publish_function_promotes_and_rolls_back_for_an_operator() {
    let stage = Setup::echo().publishers(1).start().await;
    let canary = stage.canary("fixture-echo-next").await.to_string();
    let first = stage.publish("fixture-echo").await.to_string();
    let function = |command: &'static str| {
        let keys = stage.local.credentials();
        let mut obscura = tokio::process::Command::new(env!("CARGO_BIN_EXE_obscura"));
        obscura.args([command, "echo", "--bucket", COMPONENTS, "--function", PUBLISH, "--json"]);
        obscura.args(["--by", "anna", "--reason", "a test"]);
        obscura.env("AWS_ENDPOINT_URL", stage.local.endpoint());
        obscura.env("AWS_REGION", obscura_local::s3::REGION);
        obscura.env("AWS_ACCESS_KEY_ID", &keys.access_key_id);
        obscura.env("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key);
        async move {
            let output = obscura.output().await.unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code(), serde_json::from_slice::<Value>(&output.stdout), told)
        }
    };
    let (code, now, told) = function("promote").await;
    assert_eq!(code, Some(0), "{told}");
    let pointer = &now.unwrap()["pointer"];
    assert_eq!((&pointer["digest"], &pointer["activated_by"]), (&json!(canary), &json!("anna")));
    assert_eq!(pointer["reason"], "a test");
    let (_, now, told) = function("rollback").await;
    assert_eq!(now.unwrap_or_else(|_| panic!("{told}"))["pointer"]["digest"], first);
    let (code, _, told) = function("promote").await;
    assert!(code == Some(2) && told.contains("no-canary"), "{told}");
}

#[tokio::test]
async fn pictures_of_authors_and_components_that_no_route_uses_stop_no_upgrade() {
    let (stage, digest) = well().await;
    let artifact = format!("transforms/hostile/{digest}/{ENGINE_ID}.cwasm");
    stage.delete(COMPONENTS, &artifact).await;
    for number in 0..51 {
        stage.put(COMPONENTS, &format!("incoming/hostile/golden/{number}.jpg"), "x").await;
    }
    stage.local.idle().await;
    let precompile = json!({ "obscura": "precompile" });
    let done = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap();
    assert_eq!(done["compiled"].as_array().unwrap().len(), 1, "{done}");
    // One that cannot pass: it only blocks if a route uses it, and this is not overridden.
    let bad = stage.publish("fixture-echo").await;
    for file in [&format!("{ENGINE_ID}.cwasm"), "component.wasm"] {
        stage.delete(COMPONENTS, &format!("transforms/echo/{bad}/{file}")).await;
    }
    let done = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap();
    assert_eq!(done["left_behind"].as_array().unwrap().len(), 1, "{done}");
    stage.routes(json!([{ "name": "all", "transform": "echo" }])).await;
    let refused = stage.local.lambda().invoke(PUBLISH, &precompile).await.unwrap_err();
    assert!(refused.to_string().contains("precompile-refused"), "{refused}");
    let skip = json!({ "obscura": "precompile", "skip": [bad.to_string()], "by": "anna",
                       "reason": "a security fix" });
    let done = stage.local.lambda().invoke(PUBLISH, &skip).await.unwrap();
    assert_eq!(done["left_behind"].as_array().unwrap().len(), 1, "{done}");
    let report = stored(&stage, &format!("reports/precompile/{ENGINE_ID}.json")).await.unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((&report["by"], &report["reason"]), (&json!("anna"), &json!("a security fix")));
}

#[tokio::test]
async fn without_a_publish_function_the_command_line_does_its_work() {
    let stage = Setup::new(&[], json!({ "name": "all", "transform": "hostile" })).start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any.wasm");
    let here = async |wasm: Vec<u8>| {
        std::fs::write(&file, wasm).unwrap();
        let keys = stage.local.credentials();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_obscura"));
        command.arg("publish").arg(&file).args(["--bucket", COMPONENTS, "--here", "--json"]);
        command.env("AWS_ENDPOINT_URL", format!("http://{}", stage.local.s3().address()));
        command.env("AWS_REGION", obscura_local::s3::REGION);
        command.env("AWS_ACCESS_KEY_ID", &keys.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key);
        let output = command.output().await.unwrap();
        let said = serde_json::from_slice::<Value>(&output.stdout);
        (output.status.code(), said.unwrap_or_else(|_| panic!("{output:?}")))
    };
    let wasm = tuned("well", "hostile", "1.0.0");
    let digest = Digest::of(&wasm).to_string();
    let (status, said) = here(wasm).await;
    assert_eq!((status, said["pointer"]["digest"].as_str()), (Some(0), Some(digest.as_str())));
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.manifest("a.jpg").await["steps"][0]["transform"]["digest"], digest);
    let (status, said) = here(b"\0asm\x01\0\0\0".to_vec()).await;
    assert_eq!((status, said["refusal"]["code"].as_str()), (Some(1), Some("core-module")));
}

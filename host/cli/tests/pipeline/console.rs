//! The command line's messages if something is down, missing or deceptive.

use std::path::Path;
use std::process::Output;

use obscura_local::{Fault, Matcher};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::stage::pictures::jpeg;
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const DIGEST: &str = "3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c";

/// Run `obscura` with only these environment variables.
async fn alone(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
    command.env_clear().env("HOME", folder).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_REGION", "eu-central-1").env("AWS_MAX_ATTEMPTS", "1");
    command.envs(variables.iter().copied()).current_dir(folder);
    command.args(arguments).output().await.unwrap()
}

/// Run `obscura` on the pipeline of a test.
pub(crate) async fn on(stage: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
    command.args(arguments).arg("--dir").arg(stage.local.root());
    let output = command.output().await.unwrap();
    (output.status.code(), both(&output))
}

fn both(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// Asserts that it is one readable line.
fn is_for_people(what: &str, output: &Output, hint: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{what}: {stderr}");
    assert!(stderr.contains(hint), "{what}: {stderr}");
    for dump in ["Error {", "Error(", "Some(", "Failure {", "kind:", "Kind("] {
        assert!(!stderr.contains(dump), "{what}: {stderr}");
    }
}

/// Asserts that standard output is one JSON object, and returns the error in it.
fn is_for_programs(what: &str, output: &Output) -> Value {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let said: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{what}: {out:?}"));
    let message = said["error"]["message"].as_str().unwrap_or_else(|| panic!("{what}: {said}"));
    assert!(err.contains(message), "{what}: {message:?} is not in {err}");
    said["error"].clone()
}

#[tokio::test]
async fn with_json_every_error_is_also_an_object_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["check", "missing.wasm"][..], "missing.wasm"),
        (&["diff", "old.wasm", "new.wasm", "missing.jpg"], "missing.jpg"),
        (&["publish", "missing.wasm"], "missing.wasm"),
        (&["pipeline", "check", "missing.json"], "missing.json"),
        (&["pipeline", "history"], "obscura serve"),
        (&["promote"], "obscura serve"),
        (&["rollback"], "obscura serve"),
        (&["affected", "serde"], "obscura serve"),
        (&["html", "a.jpg"], "obscura serve"),
        (&["status", "--deployment", "missing"], "missing"),
        (&["status", "--nonsense"], "--nonsense"),
        (&["verify"], "required arguments"),
    ] {
        let json = [arguments, &["--json"]].concat();
        let output = alone(folder.path(), &[], &json).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let what = format!("{arguments:?}");
        let error = if matches!(arguments, ["status", "--nonsense"] | ["verify"]) {
            let said: Value = serde_json::from_slice(&output.stdout).expect(&what);
            said["error"].clone()
        } else {
            is_for_programs(&what, &output)
        };
        assert!(error["message"].as_str().unwrap().contains(said), "{arguments:?}: {error}");
        let output = alone(folder.path(), &[], arguments).await;
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_one_line_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = folder.path().join("echo.wasm");
    let component = tokio::task::spawn_blocking(|| crate::stage::component("fixture-echo"));
    std::fs::write(&wasm, component.await.unwrap()).unwrap();
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    let dead = [&keys[..], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]].concat();
    let repair = ["repair", "--digest", DIGEST, "--bucket", "x", "--destination", "y", "--yes"];
    let repair = [&repair[..], &["--function", "f"]].concat();
    for arguments in [
        &["status", "--bucket", "x"][..],
        &["list", "--bucket", "x"],
        &["publish", "echo.wasm", "--bucket", "x"],
        &["rollback", "echo", "--bucket", "x"],
        &["prune", "--bucket", "x", "--destination", "y"],
        &["sweep", "--bucket", "x", "--destination", "y"],
        &["verify", "--all", "--bucket", "x", "--destination", "y"],
        &["pipeline", "show", "--bucket", "x"],
        &repair,
    ] {
        let output = alone(folder.path(), &dead, arguments).await;
        is_for_people(&format!("{arguments:?}"), &output, "check the network");
        let output = alone(folder.path(), &dead, &[arguments, &["--json"]].concat()).await;
        is_for_people(&format!("{arguments:?} --json"), &output, "check the network");
        let error = is_for_programs(&format!("{arguments:?} --json"), &output);
        assert_eq!(error["code"], "store-unavailable", "{arguments:?}: {error}");
        assert!(error["remedy"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        let output = alone(folder.path(), &[], arguments).await;
        is_for_people(&format!("{arguments:?}"), &output, "sign in, or set AWS_PROFILE");
    }
    let function = ["promote", "echo", "--bucket", "x", "--function", "f"];
    let (down, signed_out) = if cfg!(feature = "operate") {
        ("AWS_ENDPOINT_URL", "sign in, or set AWS_PROFILE")
    } else {
        ("just operator", "just operator")
    };
    let output = alone(folder.path(), &dead, &function).await;
    is_for_people("promote", &output, down);
    let output = alone(folder.path(), &[], &function).await;
    is_for_people("promote", &output, signed_out);
}

#[cfg(not(feature = "operate"))]
#[tokio::test]
async fn missing_commands_name_the_task_that_builds_them() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["logs", "--follow"][..], &["redrive"], &["backfill", "--help"], &["costs", "a=1:2"]]
    {
        let output = alone(folder.path(), &[], arguments).await;
        is_for_people(&format!("{arguments:?}"), &output, "just operator");
    }
}

#[tokio::test]
async fn a_deployment_that_is_not_there_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.json"), "{}").unwrap();
    for (path, said) in [("missing", "is a folder with"), ("empty.json", "just deploy")] {
        for command in ["status", "list"] {
            let output = alone(folder.path(), &[], &[command, "--deployment", path]).await;
            is_for_people(&format!("{command} {path}"), &output, said);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named_and_its_error_said_once() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["check", "missing.file"][..],
        &["publish", "missing.file"],
        &["publish", "missing.file", "--bucket", "x"],
        &["diff", "old.wasm", "new.wasm", "missing.file"],
        &["render", "a.jpg", "--component", "missing.file", "--out", "x"],
        &["serve", "--port", "0", "--pipeline", "missing.file"],
        &["pipeline", "check", "missing.file"],
    ] {
        let output = alone(folder.path(), &[], arguments).await;
        let said = both(&output);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(said.contains("missing.file"), "{arguments:?}: {said}");
        assert_eq!(said.matches("(os error 2)").count(), 1, "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_not_reported_once_a_picture() {
    const PICTURES: usize = 40;
    let stage = Setup::echo().environments(8).start().await;
    let bad = {
        for number in 0..PICTURES {
            stage.put(SOURCE, &format!("{number}.jpg"), jpeg(&number.to_string())).await;
        }
        stage.local.idle().await;
        stage.manifest("0.jpg").await["steps"][0]["transform"]["digest"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    stage.publish("fixture-echo-next").await;
    let denied = Fault::Error("AccessDenied", 403);
    stage.local.faults().fail_next(u32::MAX, Matcher::any().bucket(SOURCE), denied);
    let (code, said) = on(&stage, &["repair", "--digest", &bad, "--yes"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stopped after 5 consecutive failures"), "{said}");
    assert!(said.matches("store-denied").count() < PICTURES / 2, "{said}");
    let (code, said) = on(&stage, &["verify", "--all"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stopped after 5 consecutive failures"), "{said}");
    assert!(said.matches("cannot be verified").count() < PICTURES / 2, "{said}");
    // Once it is up again, everything is done.
    stage.local.faults().clear();
    let (code, said) = on(&stage, &["repair", "--digest", &bad, "--yes"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("{PICTURES} of {PICTURES} repaired")), "{said}");
}

#[tokio::test]
async fn no_key_forges_a_line_or_steers_the_terminal() {
    const KEY: &str = "a\n9 of 9 repaired, 0 failed\r\u{1b}[2J\u{9b}1m\u{202e}.jpg";
    const SHOWN: &str = r"a\n9 of 9 repaired, 0 failed\r\u{1b}[2J\u{9b}1m\u{202e}.jpg";
    let stage = Stage::echo().await;
    stage.upload(KEY, jpeg("1")).await;
    let bad = stage.manifest(KEY).await["steps"][0]["transform"]["digest"].clone();
    let bad = bad.as_str().unwrap();
    stage.publish("fixture-echo-next").await;
    let reading = Matcher::any().bucket(SOURCE).operation("GetObject");
    let mut all = Vec::new();
    all.push(on(&stage, &["repair", "--digest", bad, "--keys"]).await.1);
    stage.local.faults().fail_next(1, reading, Fault::Error("AccessDenied", 403));
    all.push(on(&stage, &["verify", "--all"]).await.1);
    stage.put(DESTINATION, &format!("{KEY}/original.jpg"), "tampered with").await;
    all.push(on(&stage, &["verify", KEY]).await.1);
    stage.put(DESTINATION, &format!("{KEY}/manifest.json"), "{").await;
    all.push(on(&stage, &["sweep"]).await.1);
    stage.routes(json!([{ "name": KEY, "transform": "echo" }])).await;
    all.push(on(&stage, &["pipeline", "show"]).await.1);
    all.push(on(&stage, &["status"]).await.1);
    for said in &all[..4] {
        assert!(said.contains(SHOWN), "{said:?}");
    }
    for said in all {
        let forged = said.lines().any(|line| line.starts_with("9 of 9"));
        let steered = said.chars().any(|c| c != '\n' && obscura::text::is_hidden(c));
        assert!(!forged && !steered, "{said:?}");
    }
}

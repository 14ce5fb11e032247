//! Metrics and logs.

use std::collections::BTreeSet;

use obscura_local::{Fault, Matcher};
use serde_json::{Value, json};

use crate::stage::pictures::jpeg;
use crate::stage::{SOURCE, Stage};

const UNITS: [&str; 4] = ["Count", "Milliseconds", "Bytes", "None"];

/// Checks a line against CloudWatch's embedded metric format. Returns the names of its metrics.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
fn checked(line: &Value) -> Vec<String> {
    assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_600_000_000_000, "{line}");
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    let mut names = Vec::new();
    for directive in directives {
        assert_eq!(directive["Namespace"], "Obscura");
        for dimensions in directive["Dimensions"].as_array().unwrap() {
            let (function, others) = dimensions.as_array().unwrap().split_first().unwrap();
            assert_eq!(function, "FunctionName", "two deployments would mix: {line}");
            assert_eq!(line["FunctionName"], "transform", "{line}");
            for dimension in others {
                assert_eq!(dimension, "Code", "a dimension is paid for: {line}");
                assert!(line["Code"].is_string(), "{line}");
            }
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()));
        for metric in metrics {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_number(), "{name} has no value: {line}");
            assert!(UNITS.contains(&metric["Unit"].as_str().unwrap()), "{line}");
            names.push(name.to_owned());
        }
    }
    names
}

#[tokio::test]
async fn events_are_measured_and_failures_are_counted_by_code() {
    let stage = Stage::echo().await;
    let etag = stage.upload("a.jpg", jpeg("1")).await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    stage.remove("a.jpg").await;
    stage.upload("empty.jpg", "").await;
    let reads = Matcher::any().operation("GetObject").bucket(SOURCE);
    stage.local.faults().fail_next(3, reads, Fault::Status503SlowDown);
    // A component that was published after the environment started is loaded now.
    stage.publish("fixture-echo-next").await;
    stage.upload("b.jpg", jpeg("1")).await;
    let lines: Vec<Value> =
        stage.lines().into_iter().filter(|line| !line["_aws"].is_null()).collect();
    let names: BTreeSet<String> = lines.iter().flat_map(checked).collect();
    for name in [
        "ArtifactLoad",
        "ColdStart",
        "DownloadTime",
        "Failures",
        "Faults",
        "GuestTime",
        "PeakMemory",
        "Pictures",
        "Removed",
        "Renditions",
        "Unchanged",
        "UploadTime",
    ] {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
    let sum = |name: &str, code: &Value| -> f64 {
        let lines = lines.iter().filter(|line| line["Code"] == *code);
        lines.filter_map(|line| line[name].as_f64()).sum()
    };
    assert_eq!(sum("Failures", &json!("malformed")), 1.0);
    assert_eq!(sum("Faults", &json!("store-unavailable")), 1.0);
    assert_eq!(sum("Pictures", &Value::Null), 2.0);
    assert_eq!(sum("Renditions", &Value::Null), 2.0);
    assert!(lines.iter().all(|line| !line.to_string().contains(".jpg")), "keys are no metrics");
}

#[tokio::test]
async fn every_outcome_is_a_line_of_json_that_says_of_what() {
    let stage = Stage::echo().await;
    let digest = stage.publish("fixture-echo").await;
    stage.upload("a b/ü.jpg", jpeg("1")).await;
    stage.upload("empty.jpg", "").await;
    for (key, outcome) in [("a b/ü.jpg", "rendered"), ("empty.jpg", "malformed")] {
        let lines = stage.lines();
        let line = lines.iter().find(|line| line["key"] == key).unwrap();
        assert_eq!(line["outcome"], outcome, "{line}");
        assert_eq!(line["digest"], digest.to_string(), "{line}");
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        // Lambda's own id of the invocation.
        assert_eq!(line["span"]["request_id"].as_str().map(str::len), Some(36), "{line}");
    }
    // All output is JSON.
    assert_eq!(stage.lines().len(), stage.text().lines().count());
}

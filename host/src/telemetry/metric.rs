//! CloudWatch's embedded metric format: a line of JSON on the standard output
//! is a set of metrics.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::error::{Code, Fault, Party, Rejection};
use crate::pipeline::{Outcome, Report};

const NAMESPACE: &str = "Obscura";

/// Lambda sets it: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The times of the start of an execution environment.
#[derive(Debug, Clone, Copy)]
pub struct ColdStart {
    /// Until it is ready for the first event.
    pub init: Duration,
    /// Of which creating the S3 client, while the sandbox reserves its memory.
    pub client: Duration,
    /// Of which reading the pipeline document.
    pub document: Duration,
    /// Of which fetching, verifying and mapping the document's components.
    pub components: Duration,
}

/// One line of metrics.
#[derive(Debug, Default)]
pub struct Metrics {
    units: Vec<Value>,
    values: Map<String, Value>,
    /// The additional dimensions of metrics.
    code: Option<Code>,
}

impl Metrics {
    fn with(mut self, name: &str, unit: &str, value: f64) -> Self {
        self.units.push(json!({ "Name": name, "Unit": unit }));
        self.values.insert(name.to_owned(), json!(value));
        self
    }

    /// For requested renditions. If another environment was faster, there is nothing to do.
    pub fn of_request(report: &Report) -> Self {
        match &report.outcome {
            Outcome::Rendered(made) => Self::default().with("Requested", "Count", *made as f64),
            _ => Self::of_report(report),
        }
    }

    /// For a completed notification.
    pub fn of_report(report: &Report) -> Self {
        let cost = report.cost();
        let metrics =
            match &report.outcome {
                Outcome::Rendered(renditions) => Self::default()
                    .with("Pictures", "Count", 1.0)
                    .with("Renditions", "Count", *renditions as f64),
                Outcome::Rejected(rejection) => Self::of_rejection(rejection),
                Outcome::Restored(_) => Self::default().with("Restored", "Count", 1.0),
                Outcome::Unchanged => return Self::default().with("Unchanged", "Count", 1.0),
                Outcome::Removed => return Self::default().with("Removed", "Count", 1.0),
                Outcome::Ignored(_) => return Self::default().with("Ignored", "Count", 1.0),
            };
        let metrics = match report.loading {
            Some(time) => metrics.with("ArtifactLoad", "Milliseconds", time.as_secs_f64() * 1e3),
            None => metrics,
        };
        if cost.wall_ms == 0.0 {
            return metrics;
        }
        metrics
            .with("GuestTime", "Milliseconds", cost.guest_cpu_ms)
            .with("DownloadTime", "Milliseconds", cost.download_ms)
            .with("UploadTime", "Milliseconds", cost.upload_ms)
            .with("PeakMemory", "Bytes", cost.peak_memory_bytes as f64)
    }

    /// For a picture that cannot be rendered. There is an alarm if neither the picture nor the
    /// transform is the cause, as the next picture will fail, too.
    fn of_rejection(rejection: &Rejection) -> Self {
        let mut metrics = Self::default().with("Failures", "Count", 1.0);
        if matches!(rejection.mend, Party::Configurator | Party::Operator) {
            metrics = metrics.with("Misconfigured", "Count", 1.0);
        }
        metrics.code = Some(rejection.code);
        metrics
    }

    /// For an event that fails and is delivered again.
    pub fn of_fault(fault: &Fault) -> Self {
        let mut metrics = Self::default().with("Faults", "Count", 1.0);
        metrics.code = Some(fault.code);
        metrics
    }

    /// For a failed step that is not required.
    pub fn of_step_failure(code: Code) -> Self {
        let mut metrics = Self::default().with("StepFailures", "Count", 1.0);
        metrics.code = Some(code);
        metrics
    }

    /// For a withdrawn canary.
    pub fn of_taken_back() -> Self {
        Self::default().with("TakenBack", "Count", 1.0)
    }

    /// For an uploaded component: whether it is active or refused. There is an alarm for the
    /// latter.
    pub fn of_component(active: bool) -> Self {
        let name = if active { "ComponentsPublished" } else { "ComponentsRejected" };
        Self::default().with(name, "Count", 1.0)
    }

    /// For a cold start. Its parts are fields of the line, not metrics.
    pub fn of_cold_start(cold: ColdStart) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mut metrics = Self::default().with("ColdStart", "Milliseconds", ms(cold.init));
        for (name, time) in [
            ("client_ms", cold.client),
            ("document_ms", cold.document),
            ("components_ms", cold.components),
        ] {
            metrics.values.insert(name.to_owned(), json!(ms(time)));
        }
        metrics
    }

    /// The line for the function with that name.
    ///
    /// Deployments in one account share the namespace, so the function's name is a dimension. Keys
    /// and request ids are never dimensions: each value would be a separate metric with its own
    /// cost.
    fn line(&self, function: Option<&str>) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut line = self.values.clone();
        let mut names = Vec::new();
        if let Some(function) = function {
            names.push("FunctionName");
            line.insert("FunctionName".to_owned(), json!(function));
        }
        let mut dimensions = vec![names.clone()];
        if let Some(code) = self.code {
            names.push("Code");
            dimensions.push(names);
            line.insert("Code".to_owned(), json!(code));
        }
        let directive = json!({
            "Timestamp": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Metrics": self.units,
            }],
        });
        line.insert("_aws".to_owned(), directive);
        Value::Object(line).to_string()
    }

    /// Print the line, for CloudWatch.
    pub fn emit(&self) {
        println!("{}", self.line(std::env::var(FUNCTION_NAME).ok().as_deref()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The line's directive, and the line.
    fn parsed(metrics: &Metrics, function: Option<&str>) -> (Value, Value) {
        let line: Value = serde_json::from_str(&metrics.line(function)).unwrap();
        (line["_aws"]["CloudWatchMetrics"][0].clone(), line)
    }

    #[test]
    fn a_failure_is_counted_as_a_whole_and_by_its_code() {
        let metrics = Metrics::of_fault(&Fault::new(Code::StoreUnavailable, "503"));
        let (directive, line) = parsed(&metrics, None);
        assert_eq!(directive["Namespace"], "Obscura");
        assert_eq!(directive["Dimensions"], json!([[], ["Code"]]));
        assert_eq!(line["Faults"], 1.0);
        assert_eq!(line["Code"], "store-unavailable");
    }

    #[test]
    fn what_the_next_picture_would_meet_too_is_counted_for_an_alarm() {
        let counted = |rejection: &Rejection| {
            let metrics = Metrics::of_rejection(rejection);
            let (_, line) = parsed(&metrics, None);
            (line["Failures"].clone(), line.get("Misconfigured").cloned())
        };
        for code in [Code::RouteInvalid, Code::KeyTaken] {
            assert_eq!(counted(&Rejection::new(code, "")), (json!(1.0), Some(json!(1.0))));
        }
        assert_eq!(counted(&Rejection::new(Code::Malformed, "")), (json!(1.0), None));
        let asked = Rejection::new(Code::InvalidParameters, "").of_uploader();
        assert_eq!(counted(&asked), (json!(1.0), None));
    }

    #[test]
    fn two_deployments_in_one_account_are_counted_apart() {
        let (directive, line) = parsed(&Metrics::of_taken_back(), Some("shop-publish"));
        assert_eq!(directive["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(line["FunctionName"], "shop-publish");
        let fault = Metrics::of_fault(&Fault::new(Code::StoreUnavailable, "503"));
        let (directive, _) = parsed(&fault, Some("shop-transform"));
        assert_eq!(directive["Dimensions"], json!([["FunctionName"], ["FunctionName", "Code"]]));
    }
}

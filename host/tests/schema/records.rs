//! Records of every version stay readable, with fixtures of each.

use obscura::error::{Code, Party};
use obscura::pipeline::{ErrorRecord, Manifest, Status, StepStatus};
use serde_json::Value;

use super::path;

fn fixture(name: &str) -> Value {
    let text = std::fs::read_to_string(path("tests/records").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn manifest(name: &str) -> Manifest {
    serde_json::from_value(fixture(name)).unwrap()
}

/// The validation errors of a value.
pub(crate) fn objected(name: &str, schema: Value, value: &Value) -> Option<String> {
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource(name, schema).unwrap();
    let schema = compiler.compile(name, &mut schemas).unwrap();
    schemas.validate(value, schema).err().map(|error| format!("{error:#}"))
}

/// The validation errors of a manifest by the published schema.
fn objection(manifest: &Value) -> Option<String> {
    objected("manifest", Manifest::schema().to_value(), manifest)
}

#[test]
fn a_manifest_of_version_2_is_read_and_written_as_it_stands() {
    let text = fixture("manifest-v2.json");
    assert_eq!(objection(&text), None);
    let read = manifest("manifest-v2.json");
    assert_eq!(serde_json::to_value(&read).unwrap(), text);
    assert_eq!((read.version, read.status, read.error()), (2, Status::Ready, None));
    let failed: Vec<_> = read.steps.iter().filter(|step| step.error.is_some()).collect();
    let [failed] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!((failed.status, failed.required), (StepStatus::Failed, false));
    for (index, step) in read.steps.iter().enumerate() {
        let made = read.renditions_of(index).count();
        assert_eq!(made > 0, step.status == StepStatus::Ready, "{}", step.name);
    }
    assert!(!read.retired.is_empty());
    assert!(read.keys().count() > read.renditions.len());
}

#[test]
fn a_manifest_of_version_1_is_read_as_one_step() {
    let read = manifest("manifest-v1.json");
    let [step] = read.steps.as_slice() else { panic!("{:?}", read.steps) };
    assert_eq!((read.version, read.status), (2, Status::Ready));
    assert_eq!((step.name.as_str(), step.status, step.action), ("resize", StepStatus::Ready, None));
    assert_eq!(step.transform.name.as_str(), "resize");
    assert_eq!(step.parameters, Some(fixture("manifest-v1.json")["parameters"].clone()));
    assert_eq!(step.cost.guest_cpu_ms, 13.674);
    let names: Vec<&str> = read.renditions_of(0).map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["small", "thumbnail"]);
    // It is written again as version 2.
    assert_eq!(objection(&serde_json::to_value(&read).unwrap()), None);
}

#[test]
fn a_failure_that_version_1_recorded_is_read_as_a_failed_manifest() {
    let error: ErrorRecord = serde_json::from_value(fixture("error-v1.json")).unwrap();
    let read = error.into_manifest(None).unwrap();
    assert_eq!((read.status, read.source.key.as_str()), (Status::Failed, "holiday/notes.jpg"));
    let why = read.error().unwrap();
    assert_eq!((why.code, why.mend), (Code::UnsupportedFormat, Party::Uploader));
    assert!(read.renditions.is_empty());
    assert_eq!(objection(&serde_json::to_value(&read).unwrap()), None);
}

#[test]
fn a_failure_beside_a_manifest_of_version_1_keeps_its_renditions() {
    let stood = manifest("manifest-v1.json");
    let mut error = fixture("error-v1.json");
    error["source"] = fixture("manifest-v1.json")["source"].clone();
    let of_same: ErrorRecord = serde_json::from_value(error).unwrap();
    let read = of_same.into_manifest(Some(stood.clone())).unwrap();
    assert_eq!(read.status, Status::Failed);
    let statuses: Vec<StepStatus> = read.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [StepStatus::Failed, StepStatus::Kept]);
    assert_eq!(read.renditions_of(1).count(), stood.renditions.len());
    // Nothing of another picture stays.
    let other: ErrorRecord = serde_json::from_value(fixture("error-v1.json")).unwrap();
    assert!(other.into_manifest(Some(stood)).unwrap().renditions.is_empty());
}

#[test]
fn a_record_of_another_version_is_refused() {
    for name in ["manifest-v1.json", "manifest-v2.json"] {
        let mut text = fixture(name);
        text["version"] = 3.into();
        assert!(serde_json::from_value::<Manifest>(text).is_err(), "{name}");
    }
}

#[test]
fn the_schema_refuses_the_same_as_the_reader() {
    let mut text = fixture("manifest-v2.json");
    text["steps"][0]["status"] = "done".into();
    assert!(objection(&text).unwrap().contains("/steps/0/status"));
    assert!(serde_json::from_value::<Manifest>(text).is_err());
}

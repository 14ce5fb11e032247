//! Failures for the operator have a metric, an alarm, and an entry in the runbook.

use std::collections::BTreeMap;

use obscura::code::{Code, Party};

use super::page::{Page, root};

/// The cells of the runbook, by code.
fn runbook() -> BTreeMap<String, Vec<String>> {
    let text = Page::read("terraform/docs/operating.md").text;
    let part = text.split("\n## Runbook\n").nth(1).expect("the runbook is a section");
    let part = part.split("\n## ").next().unwrap();
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    rows.map(cells).map(|cells| (cells[0].clone(), cells)).collect()
}

#[test]
fn every_failure_of_an_operator_is_counted_rings_and_is_in_the_runbook() {
    let runbook = runbook();
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (metrics, alarms) = (read("host/src/telemetry/metric.rs"), read("terraform/alarms.tf"));
    let theirs = |code: &&Code| matches!(code.owner(), Party::Operator | Party::Configurator);
    let expected: Vec<String> = Code::ALL.iter().filter(theirs).map(Code::to_string).collect();
    let mut named: Vec<String> = runbook.keys().cloned().collect();
    let mut sorted = expected.clone();
    named.sort();
    sorted.sort();
    assert_eq!(named, sorted, "the runbook has a row for each of these codes");
    for code in Code::ALL.iter().filter(theirs) {
        let [_, metric, alarm, what_to_do] = runbook[code.as_str()].as_slice() else {
            panic!("{code}: a row has four cells");
        };
        assert!(what_to_do.len() > 20, "{code}: {what_to_do}");
        // Failures that a command reports directly need no alarm.
        let at_once = [Code::NoCanary, Code::NoPrevious, Code::NotPublished, Code::NotCompiled];
        if at_once.contains(code) {
            assert_eq!((metric.as_str(), alarm.as_str()), ("–", "–"), "{code}");
            continue;
        }
        let counted = if code.is_transient() { "Faults" } else { "Failures" };
        assert_eq!(metric, counted, "{code}");
        assert!(metrics.contains(&format!("with(\"{metric}\"")), "{code}: {metric}");
        // Alarms for functions are created for each: `<role>-failures`.
        let of_any = alarm.replacen("transform", "${role}", 1).replacen("publish", "${role}", 1);
        let rings = [alarm, &of_any].iter().any(|one| alarms.contains(&format!("\"{one}\" = {{")));
        assert!(rings, "{code}: terraform/alarms.tf has no alarm `{alarm}`");
        // A permanent failure is not delivered again, so there is no dead letter.
        assert_eq!(alarm == "misconfigured", !code.is_transient(), "{code}");
    }
}

#[test]
fn every_alarm_is_explained() {
    let text = Page::read("terraform/docs/operating.md").text;
    let alarms = std::fs::read_to_string(root().join("terraform/alarms.tf")).unwrap();
    let names = alarms.lines().filter_map(|line| {
        let (name, _) = line.trim().strip_prefix('"')?.split_once("\" = {")?;
        Some(name.replace("${role}", "transform"))
    });
    let names: Vec<String> = names.collect();
    assert!(names.len() > 6, "{names:?}");
    for name in names {
        assert!(text.contains(&format!("| `…-{name}` |")), "{name} is not in the table of alarms");
    }
}

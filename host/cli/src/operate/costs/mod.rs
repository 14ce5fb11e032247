//! `obscura costs`: the cost of pictures on AWS.
//!
//! - [`on_demand`]: the table for renditions that are made on request

mod on_demand;

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use serde_json::json;

use super::backfill::estimate::{MEASURED_DAYS, measured};
use super::prices::{GIGABYTE_SECOND, REQUEST, STORAGE};
use crate::aws::{Aws, AwsError};
use crate::deployment::Outputs;
use crate::{DONE, style};

/// The number of pictures that a price is for.
const MILLION: f64 = 1e6;

/// Print the cost of a million pictures, as a table
///
/// The cost is computed from a deployment's recent time per picture and its function's memory, or
/// from given figures. The prices are those of us-east-1 and x86_64; other regions and arm64 differ
/// by up to a third. S3's requests are five reads and five writes per picture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A name, the milliseconds that Lambda bills for a picture, and the
    /// function's memory in MB
    #[arg(value_name = "NAME=MS:MB")]
    rows: Vec<Row>,

    /// The deployment: the folder of its Terraform configuration, or a file
    /// that `terraform output -json` wrote
    #[arg(long, value_name = "PATH", env = "OBSCURA_DEPLOYMENT")]
    deployment: Option<PathBuf>,

    /// Print the table for renditions that are made on request
    #[arg(long, conflicts_with_all = ["rows", "json"])]
    on_demand: bool,

    /// Print one JSON array to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  just costs
      The cost of a million pictures in the deployment, at its recent average.
  obscura costs 'mine=250:1024' 'theirs=553:1769'
      The cost at 250 ms with 1024 MB, and at 553 ms with 1769 MB.
  obscura costs --on-demand
      The table of terraform/docs/costs.md.";

/// The measured figures.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: String,
    milliseconds: f64,
    memory_mb: f64,
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (name, measured) = text.rsplit_once('=')?;
            let (milliseconds, memory) = measured.split_once(':')?;
            let figure = |text: &str| {
                text.parse::<f64>().ok().filter(|figure| figure.is_finite() && *figure > 0.0)
            };
            let (milliseconds, memory_mb) = (figure(milliseconds)?, figure(memory)?);
            Some(Self { name: name.to_owned(), milliseconds, memory_mb })
        };
        parse().ok_or_else(|| format!("{text:?} is not of the form mine=250:1024"))
    }
}

impl Row {
    /// Dollars for a million: Lambda's time, and requests of Lambda and S3.
    fn dollars(&self) -> (f64, f64) {
        let seconds = MILLION * self.milliseconds / 1000.0;
        let time = seconds * self.memory_mb / 1024.0 * GIGABYTE_SECOND;
        (time, MILLION * (REQUEST + STORAGE))
    }
}

/// Print it.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if arguments.on_demand {
        anstream::println!("| | Lambda | S3, reads | S3, writes | Sum |\n|---|--:|--:|--:|--:|");
        for way in on_demand::ways() {
            let [runs, reads, writes] = way.parts;
            let sum = runs + reads + writes;
            anstream::println!(
                "| {} | ${runs:.2} | ${reads:.2} | ${writes:.2} | ${sum:.2} |",
                way.name
            );
        }
        return Ok(DONE);
    }
    let mut rows = arguments.rows.clone();
    if rows.is_empty() {
        let path = arguments.deployment.as_deref();
        let path = path.context("name a deployment with --deployment, or figures as NAME=MS:MB")?;
        rows.push(deployed(&Outputs::read(path)?).await?);
    }
    if arguments.json {
        let all: Vec<_> = rows
            .iter()
            .map(|row| {
                let (time, requests) = row.dollars();
                json!({
                    "name": row.name, "ms": row.milliseconds, "memory_mb": row.memory_mb,
                    "time_dollars": time, "requests_dollars": requests, "dollars": time + requests,
                })
            })
            .collect();
        anstream::println!("{}", serde_json::to_string(&all)?);
        return Ok(DONE);
    }
    anstream::println!("| | Time | Memory | Lambda, time | Requests, Lambda and S3 | Sum |");
    anstream::println!("|---|--:|--:|--:|--:|--:|");
    for row in &rows {
        let (time, requests) = row.dollars();
        let (name, sum) = (style::plain(&row.name), time + requests);
        let (ms, memory) = (row.milliseconds, row.memory_mb);
        anstream::println!(
            "| {name} | {ms} ms | {memory} MB | ${time:.2} | ${requests:.2} | ${sum:.2} |"
        );
    }
    Ok(DONE)
}

/// The transform function's recent averages.
async fn deployed(outputs: &Outputs) -> anyhow::Result<Row> {
    let aws = Aws::from_environment().await?;
    let function = &outputs.transform_function_name;
    let asked = aws.lambda().get_function_configuration().function_name(function).send().await;
    let asked = asked.map_err(|error| AwsError::of("lambda:GetFunctionConfiguration", error))?;
    let seconds = measured(&aws.cloudwatch()?, function).await?.with_context(|| {
        format!(
            "{function} was not used in the last {MEASURED_DAYS} days; give figures as NAME=MS:MB"
        )
    })?;
    Ok(Row {
        name: function.clone(),
        milliseconds: (seconds * 1000.0).round(),
        memory_mb: f64::from(asked.memory_size().unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Row, on_demand};

    #[test]
    fn the_tables_of_the_page_are_what_the_prices_say() {
        let page = include_str!("../../../../../terraform/docs/costs.md");
        for text in ["Obscura=153:1769", "Python and Pillow=290:1769"] {
            let row: Row = text.parse().unwrap();
            let (time, requests) = row.dollars();
            let cells = format!(
                "| {} | {} ms | 1769 MB | ${time:.2} | ${requests:.2} | ${:.2} |",
                row.name,
                row.milliseconds,
                time + requests
            );
            assert!(page.contains(&cells), "{cells}");
        }
        for way in on_demand::ways() {
            let [runs, reads, writes] = way.parts;
            let sum = runs + reads + writes;
            let cells =
                format!("| {} | ${runs:.2} | ${reads:.2} | ${writes:.2} | ${sum:.2} |", way.name);
            assert!(page.contains(&cells), "{cells}");
        }
    }

    #[test]
    fn what_is_no_figure_is_refused() {
        for text in ["", "x", "x=1", "x=1:", "x=-1:2", "x=nan:2", "x=0:1"] {
            assert!(text.parse::<Row>().is_err(), "{text}");
        }
    }
}

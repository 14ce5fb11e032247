//! Estimates of cost and time.

use super::super::prices;
use crate::aws::CloudWatch;
use crate::style::several;

/// The assumed time if the deployment has not rendered anything yet.
const GUESSED_SECONDS: f64 = 0.5;
/// The number of days of measurements.
pub(crate) const MEASURED_DAYS: u64 = 14;

/// The recent average duration of an invocation in seconds; `None` if there was none.
///
/// # Errors
/// CloudWatch does not answer.
pub(crate) async fn measured(
    cloudwatch: &CloudWatch,
    function: &str,
) -> anyhow::Result<Option<f64>> {
    let total = cloudwatch.total(function, "Duration", MEASURED_DAYS).await?;
    Ok((total.samples > 0.0).then(|| total.sum / total.samples / 1000.0))
}

/// An estimate of cost and time.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    seconds: f64,
    source: String,
    memory_mb: f64,
    concurrency: u64,
    /// Pictures of a job; `None` without jobs.
    job_size: Option<u64>,
}

impl Estimate {
    /// From the given time, else from the measured one.
    pub(super) fn new(
        given: Option<f64>,
        measured: Option<f64>,
        memory_mb: f64,
        concurrency: u64,
        job_size: Option<u64>,
    ) -> Self {
        let (seconds, source) = match (given, measured) {
            (Some(seconds), _) => (seconds, "as given".to_owned()),
            (None, Some(seconds)) => {
                (seconds, format!("measured over the last {MEASURED_DAYS} days"))
            }
            (None, None) => (GUESSED_SECONDS, "a guess: nothing was rendered yet".to_owned()),
        };
        Self { seconds, source, memory_mb, concurrency, job_size }
    }

    /// Dollars for a number of pictures.
    pub(super) fn dollars(&self, count: u64) -> f64 {
        let handed_over = self.job_size.map_or(0.0, |size| prices::jobs(count, size));
        prices::pictures(count, self.seconds, self.memory_mb) + handed_over
    }

    /// How many pictures an amount pays for.
    pub(super) fn affordable(&self, dollars: f64) -> u64 {
        // Dividing by the cost of a picture without the job gives an upper bound.
        let one = prices::pictures(1, self.seconds, self.memory_mb);
        let (mut low, mut high) = (0, ((dollars.max(0.0) / one) as u64).saturating_add(1));
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.dollars(middle) <= dollars {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low
    }

    /// Jobs for a number of pictures.
    pub(super) fn jobs(&self, count: u64) -> u64 {
        self.job_size.map_or(0, |size| count.div_ceil(size))
    }

    /// Seconds for a number of pictures.
    pub(super) fn time(&self, count: u64) -> f64 {
        count as f64 * self.seconds / self.concurrency.max(1) as f64
    }

    /// For people.
    pub(super) fn lines(&self, count: u64, done: u64) -> Vec<String> {
        let jobs = match self.job_size {
            Some(_) => several(self.jobs(count), "job"),
            None => "from this machine".to_owned(),
        };
        let first = format!("{} to render, {done} done before; {jobs}", several(count, "picture"));
        if count == 0 {
            let hint = "nothing is left; another --state file looks at every picture again";
            return vec![first, hint.to_owned()];
        }
        let minutes = self.time(count) / 60.0;
        let took = if minutes >= 1.0 {
            format!("about {minutes:.0} min")
        } else {
            "less than a minute".to_owned()
        };
        let second = format!(
            "{took} and ${:.2}: {:.2} s each ({}), {} MB, {} at a time",
            self.dollars(count),
            self.seconds,
            self.source,
            self.memory_mb,
            self.concurrency
        );
        vec![first, second]
    }
}

#[cfg(test)]
mod tests {
    use super::Estimate;

    fn estimate(job_size: Option<u64>) -> Estimate {
        Estimate::new(None, Some(0.5), 1769.0, 20, job_size)
    }

    #[test]
    fn what_is_affordable_is_the_most_that_is() {
        let estimate = estimate(Some(100_000));
        let most = estimate.affordable(100.0);
        assert!(estimate.dollars(most) <= 100.0 && estimate.dollars(most + 1) > 100.0, "{most}");
        // Not even the job itself.
        assert_eq!(estimate.affordable(0.2), 0);
        assert_eq!((estimate.affordable(0.0), estimate.affordable(-1.0)), (0, 0));
    }

    #[test]
    fn it_says_where_its_seconds_are_from() {
        let guess = Estimate::new(None, None, 1769.0, 20, Some(100));
        assert!(guess.lines(250, 0)[1].contains("0.50 s each (a guess"));
        assert!(guess.lines(250, 0)[0].ends_with("3 jobs"));
        let given = Estimate::new(Some(2.0), Some(0.5), 1769.0, 20, None);
        assert!(given.lines(1, 3)[1].contains("2.00 s each (as given)"));
        assert_eq!(given.lines(1, 3)[0], "1 picture to render, 3 done before; from this machine");
        assert!(estimate(None).lines(0, 9)[1].contains("nothing is left"));
        assert!(estimate(None).lines(3000, 0)[1].starts_with("about 1 min"));
    }
}

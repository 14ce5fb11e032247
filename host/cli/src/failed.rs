//! The error that ends a command: as text on standard error, and with `--json` also as JSON on
//! standard output.

use std::io::Write as _;

use obscura::code::Code;
use obscura::error::{Error, Fault, Rejection};
use obscura::release::ChangeError;
use obscura::store::StoreError;
use serde::Serialize;
use serde_json::json;

use crate::style;

/// The error, for programs.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Told {
    /// The stable code, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// What failed, and why.
    message: String,
    /// The remedy, if the message does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// Report the error of a command.
pub(crate) fn report(error: &anyhow::Error) {
    let told = Told::of(error);
    style::complain(&format!("{} {}", style::bad("error:"), style::plain(&told.message)));
    told.print();
}

/// Report wrong arguments, and exit. It also prints the help and the version that were asked for.
pub(crate) fn misused(error: &clap::Error) -> ! {
    if error.use_stderr() {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.split_whitespace().collect();
        let message = words.join(" ").trim_start_matches("error: ").to_owned();
        let remedy = Some("`obscura help COMMAND` describes the arguments.".to_owned());
        Told { message, remedy, ..Told::default() }.print();
    }
    error.exit()
}

impl Told {
    fn of(error: &anyhow::Error) -> Self {
        let rejection = error.chain().find_map(rejection);
        let code = error.chain().find_map(code);
        let remedy = match (rejection, code) {
            (Some(rejection), _) => Some(rejection.remedy.clone()),
            (None, code) => code.map(|code| code.remedy().to_owned()),
        };
        Self { code, message: said(error), remedy }
    }

    fn print(&self) {
        // If an argument is wrong, clap does not say which others were given.
        let mut options = std::env::args_os().skip(1).take_while(|argument| argument != "--");
        if options.any(|argument| argument == "--json") {
            // There is nobody left to tell that it cannot be printed.
            let _ = writeln!(anstream::stdout(), "{}", json!({ "error": self }));
        }
    }
}

type Cause<'a> = &'a (dyn std::error::Error + 'static);

fn rejection(cause: Cause<'_>) -> Option<&Rejection> {
    match cause.downcast_ref() {
        Some(Error::Rejected(rejection)) => Some(rejection),
        _ => cause.downcast_ref(),
    }
}

fn code(cause: Cause<'_>) -> Option<Code> {
    let rejection = rejection(cause).map(|rejection| rejection.code);
    let fault = || cause.downcast_ref::<Fault>().map(|fault| fault.code);
    let error = || cause.downcast_ref::<Error>().map(Error::code);
    let store = || cause.downcast_ref::<StoreError>().map(StoreError::code);
    let change = || cause.downcast_ref::<ChangeError>().map(ChangeError::code);
    rejection.or_else(fault).or_else(error).or_else(store).or_else(change)
}

/// An error and its causes, without repetition: many errors already quote their cause.
pub(crate) fn said(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use anyhow::Context as _;
    use obscura::code::Code;
    use obscura::error::{Error, Fault, Rejection};

    use super::Told;

    #[test]
    fn an_error_keeps_its_code_and_its_remedy_below_a_context() {
        let rejection =
            Rejection::new(Code::Malformed, "cut short").with_remedy("Upload it again.");
        let fault = Fault::new(Code::StoreUnavailable, "503");
        for (error, code, remedy) in [
            (Error::from(rejection), Code::Malformed, "Upload it again."),
            (fault.into(), Code::StoreUnavailable, Code::StoreUnavailable.remedy()),
        ] {
            let told = Told::of(&Err::<(), _>(error).context("a.jpg").unwrap_err());
            assert_eq!((told.code, told.remedy.as_deref()), (Some(code), Some(remedy)));
            assert!(told.message.starts_with("a.jpg: "), "{told:?}");
        }
        let told = Told::of(&anyhow::anyhow!("no code"));
        assert_eq!(told, Told { message: "no code".to_owned(), ..Told::default() });
    }
}

//! A page that shows renditions side by side. It is one file, without scripts,
//! and fetches nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::compare::{Comparison, Made, Outcome, Pair, Side};
use super::report::{change, dimensions};
use crate::style::size;

/// The HTML of the pictures so far.
#[derive(Default)]
pub(super) struct Page(String);

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Renditions, side by side</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fafafa }
  h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem } h3 { font-size: 1rem; margin: 1rem 0 .3rem }
  code, pre { font: 13px/1.4 ui-monospace, monospace }
  .row { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; align-items: start }
  figure { margin: 0 } figcaption { color: #666; font-size: 13px }
  img { max-width: 100%; background: repeating-conic-gradient(#ddd 0 25%, #fff 0 50%) 0 0 / 16px 16px }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; padding: .5rem; margin: 0 }
  .bad { color: #b00020 } .faint { color: #666 }
</style>
"#;

impl Page {
    /// Add a picture.
    pub(super) fn add(&mut self, comparison: &Comparison) {
        let Comparison { source, old, new, renditions } = comparison;
        let times = change(old.cpu_ms, new.cpu_ms, |ms| format!("{ms:.1} ms"));
        let _ = writeln!(self.0, "<h2>{}</h2>\n<p class=\"faint\">{times}</p>", escape(source));
        for (name, Outcome { error, .. }) in [("old", old), ("new", new)] {
            if let Some(error) = error {
                let message = escape(&error.message);
                let code = error.code;
                let _ =
                    writeln!(self.0, "<p class=\"bad\">{name}: <code>{code}</code> {message}</p>");
            }
        }
        renditions.iter().for_each(|pair| self.pair(pair));
    }

    fn pair(&mut self, pair: &Pair) {
        let score = match pair {
            Pair { identical: true, .. } => "identical".to_owned(),
            Pair { score: Some(score), .. } => format!("SSIMULACRA2 {score:.1}"),
            _ => String::new(),
        };
        let name = escape(&pair.name);
        let _ = writeln!(self.0, "<h3>{name} <span class=\"faint\">{score}</span></h3>");
        self.0.push_str("<div class=\"row\">\n");
        for (title, made) in [("old", &pair.old), ("new", &pair.new)] {
            let _ = match made {
                Some(made) => {
                    let (shown, size) = (show(made), size(made.bytes));
                    let (dimensions, media_type) = (dimensions(made), escape(&made.media_type));
                    writeln!(
                        self.0,
                        "<figure>{shown}<figcaption>{title}: {dimensions} {size} {media_type}\
                         </figcaption></figure>"
                    )
                }
                None => writeln!(self.0, "<p class=\"bad\">{title}: not made</p>"),
            };
        }
        if let Some(difference) = &pair.difference {
            let _ = writeln!(
                self.0,
                "<figure><img alt=\"what differs\" src=\"data:image/png;base64,{}\"><figcaption>\
                 the difference, amplified eight times</figcaption></figure>",
                STANDARD.encode(difference)
            );
        }
        self.0.push_str("</div>\n");
    }

    /// The whole page.
    pub(super) fn finish(self, old: &Side, new: &Side) -> String {
        let side =
            |side: &Side| format!("{} <code>{}</code>", escape(&side.name), side.digest.short());
        format!("{HEAD}<h1>{}, and {}</h1>\n{}</html>\n", side(old), side(new), self.0)
    }
}

/// A picture, or text.
fn show(made: &Made) -> String {
    if made.media_type.starts_with("image/") {
        let (kind, body) = (escape(&made.media_type), STANDARD.encode(&made.body));
        return format!("<img alt=\"\" src=\"data:{kind};base64,{body}\">");
    }
    match std::str::from_utf8(&made.body) {
        Ok(text) => format!("<pre>{}</pre>", escape(text)),
        Err(_) => "<p>this is neither a picture nor text</p>".to_owned(),
    }
}

/// Escape text: names of files and text of components must not become markup.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escape("<img src='x\"&"), "&lt;img src=&#39;x&quot;&amp;");
    }
}

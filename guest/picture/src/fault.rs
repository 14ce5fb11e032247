//! Converts decoder errors into messages for the uploader.

use obscura_jpeg::Error as Fault;
use obscura_sdk::Error;

/// Convert an error of [`obscura_jpeg`]: caused by the file, by an unsupported kind, or by a limit;
/// [`Error::Internal`] if the decoder was used wrongly.
#[must_use]
pub fn jpeg_fault(fault: Fault) -> Error {
    match fault {
        Fault::Truncated => Error::Malformed("the JPEG file is cut short; upload it again".into()),
        Fault::Unsupported(what) => Error::UnsupportedFormat(format!(
            "this JPEG is of a rare kind that is not read ({what}); save it as an ordinary JPEG"
        )),
        Fault::Limit(what) => Error::LimitExceeded(format!(
            "the JPEG picture is over a limit ({what}); make it smaller, or raise the limit"
        )),
        Fault::Usage(what) => Error::Internal(format!("reading JPEG: {what}")),
        Fault::Malformed(what) => {
            Error::Malformed(format!("the JPEG file is damaged ({what}); upload it again"))
        }
        other => Error::Malformed(format!("the JPEG file is damaged ({other}); upload it again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_apart() {
        let cut = jpeg_fault(Fault::Truncated);
        assert!(matches!(cut, Error::Malformed(m) if m.contains("cut short")));
        let rare = jpeg_fault(Fault::Unsupported("12 bits"));
        assert!(matches!(rare, Error::UnsupportedFormat(m) if m.contains("12 bits")));
        assert!(matches!(jpeg_fault(Fault::Limit("pixels")), Error::LimitExceeded(_)));
        assert!(matches!(jpeg_fault(Fault::Usage("planes")), Error::Internal(_)));
        let damaged = jpeg_fault(Fault::Malformed("no tables"));
        assert!(matches!(damaged, Error::Malformed(m) if m.contains("(no tables)")));
    }
}

//! Parameters and a picture, separated by a zero byte: the output must match the plan.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{LIMITS, within};
use obscura_picture::{Detail, Format, Picture};
use obscura_sdk::testing::{DEFAULT_LIMITS, render};
use obscura_sdk::{Error, Transform};
use resize::Resize;
use resize::parameters::{Parameters, Target};

fuzz_target!(|data: &[u8]| {
    let Some(end) = data.iter().position(|byte| *byte == 0) else { return };
    let (Ok(text), file) = (str::from_utf8(&data[..end]), &data[end + 1..]) else { return };
    let Ok(parameters) = serde_json::from_str::<Parameters>(text) else { return };
    let Ok(plan) = Resize::plan(&parameters) else { return };
    // The AV1 encoder takes seconds here.
    let slow = |target: &Target| *target == Target::Avif || *target == Target::Auto;
    if parameters.renditions.iter().any(|one| slow(&one.format) || one.formats.iter().any(slow))
        || file.starts_with(b"\0\0\0")
            && parameters.renditions.iter().any(|one| one.format == Target::Source)
    {
        return;
    }
    match within(|| render::<Resize>(file, text, LIMITS)) {
        Ok(made) => {
            let mut planned: Vec<_> = plan.iter().map(|one| &one.name).collect();
            let mut names: Vec<_> = made.iter().map(|one| &one.name).collect();
            planned.sort();
            names.sort();
            assert_eq!(names, planned);
            for one in &made {
                let spec = plan.iter().find(|spec| spec.name == one.name).expect("it is planned");
                assert!(spec.media_types.contains(&one.media_type), "{}", one.media_type);
                let format = Format::sniff(&one.body).expect("a picture");
                assert_eq!(format.media_type(), one.media_type);
                let picture = Picture::decode(&one.body[..], Detail::Full, DEFAULT_LIMITS)
                    .expect("it is read");
                assert_eq!((picture.width, picture.height), (one.width, one.height));
            }
        }
        Err(Error::Internal(why)) => panic!("{why}"),
        Err(_) => {}
    }
});

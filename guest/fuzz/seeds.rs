//! Writes the seeds of fuzzing: files for each target, made from the project's test files, and
//! dictionaries of words from the formats.
//!
//! `seeds PROJECT CORPUS DICTIONARIES`

#[path = "words.rs"]
mod words;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use obscura_jpeg::Decoder;
use obscura_picture::decode::chunks;
use obscura_picture::metadata::Credit;
use obscura_picture::profile::{Points, of_gamma};
use obscura_vp8::{Source, encode};

/// The longest file that is used; short ones are mutated more often.
const LONGEST: u64 = 8 * 1024;

/// Targets, and their input files: folders and extensions.
const FILES: &[(&[&str], &[&str], &[&str])] = &[
    (&["jpeg", "jpeg_against"], &["guest/jpeg/tests/fixtures", PICTURES], &["jpg"]),
    (
        &["png", "png_against"],
        &["guest/resize/tests/fixtures", "guest/resize/tests/avif", PICTURES],
        &["png", "apng"],
    ),
    (&["gif"], &["guest/resize/tests/fixtures", PICTURES], &["gif"]),
    (&["webp"], &["guest/resize/tests/fixtures", PICTURES], &["webp"]),
    (&["tiff", "tiff_against"], &["guest/resize/tests/inputs"], &["tif"]),
    (&["bmp", "bmp_against"], &["guest/resize/tests/inputs"], &["bmp"]),
    (&["avif"], &["guest/resize/tests/avif"], &["avif"]),
    (&["heic"], &["guest/resize/tests/heic"], &["heic"]),
    (
        &["animation", "animation_against"],
        &["guest/resize/tests/fixtures", PICTURES],
        &["gif", "apng", "webp"],
    ),
    (&["records"], &["host/tests/records"], &["json"]),
    (&["document"], &["examples/new", "examples/site"], &["json"]),
];

/// The gate's pictures.
const PICTURES: &str = "host/src/gate/golden/pictures";

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [project, corpus, dictionaries] = folders.as_slice() else {
        return Err("seeds PROJECT CORPUS DICTIONARIES".into());
    };
    words::write(project, dictionaries)?;
    let corpus = Corpus(corpus.clone());
    for (targets, folders, ends) in FILES {
        for folder in *folders {
            for file in files(&project.join(folder), ends)? {
                let body = fs::read(&file)?;
                for target in *targets {
                    corpus.add(target, &body)?;
                }
            }
        }
    }
    pictures(project, &corpus)?;
    examples(project, &corpus)?;
    texts(&corpus)?;
    corpus.add("component", &component())
}

fn files(folder: &Path, ends: &[&str]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        let suits = path.extension().is_some_and(|end| ends.iter().any(|one| end == *one));
        if suits && fs::metadata(&path)?.len() <= LONGEST {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, target: &str, body: &[u8]) -> Result<(), Box<dyn Error>> {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        // Named by its content, like the fuzzer's own files, so that there are no duplicates.
        let name = body.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Ok(fs::write(folder.join(format!("seed-{name:016x}")), body)?)
    }
}

/// Parts of pictures: frames, profiles, metadata; and pictures with parameters.
fn pictures(project: &Path, corpus: &Corpus) -> Result<(), Box<dyn Error>> {
    let mut all = files(&project.join(PICTURES), &["jpg", "png", "webp", "gif"])?;
    for file in &all {
        let body = fs::read(file)?;
        for (name, chunk) in chunks(body.get(12..).unwrap_or_default()) {
            if name == b"VP8 " {
                corpus.add("vp8", chunk)?;
            }
        }
        if let Ok(decoder) = Decoder::new(&body[..]) {
            let header = decoder.header();
            for block in [&header.exif, &header.xmp, &header.photoshop].into_iter().flatten() {
                corpus.add("metadata", block)?;
            }
            if let Some(icc) = &header.icc {
                corpus.add("profile", icc)?;
            }
        }
    }
    all.extend(
        files(&project.join("guest/resize/tests/inputs"), &["tif", "bmp"])?.into_iter().step_by(8),
    );
    for (file, parameters) in all.iter().zip(PARAMETERS.iter().cycle()) {
        corpus.add("resize", &[parameters.as_bytes(), b"\0", &fs::read(file)?].concat())?;
    }
    for parameters in PARAMETERS.iter().chain(&OTHER_PARAMETERS) {
        corpus.add("parameters", parameters.as_bytes())?;
    }
    for quality in [5, 60, 95] {
        let (width, height) = (37, 21);
        let half = (19, 11);
        let noise = |seed: usize| {
            (0..width * height).map(|i| (i * i * seed / 7 % 251) as u8).collect::<Vec<u8>>()
        };
        let planes = [noise(1), noise(3), noise(5)];
        let source = |index: usize, (width, height): (usize, usize)| Source {
            samples: &planes[index][..width * height],
            width,
            height,
        };
        let frame = encode([source(0, (width, height)), source(1, half), source(2, half)], quality);
        corpus.add("vp8", &frame.ok_or("the frame has no room")?)?;
    }
    let credit = Credit {
        creator: "A. Photographer".into(),
        copyright: "© A. Photographer".into(),
        ..Credit::default()
    };
    corpus.add("metadata", &credit.exif())?;
    corpus.add("metadata", credit.xmp().as_bytes())?;
    corpus.add("metadata", b"\x1c\x02\x50\0\x05maker\x1c\x02\x74\0\x04mine")?;
    for (primaries, transfer) in [(12, 13), (9, 4), (9, 8), (1, 5)] {
        if let Ok(Some(icc)) = (Points { primaries, transfer }).profile() {
            corpus.add("profile", &icc)?;
        }
    }
    if let Some(icc) = of_gamma(Some(0.6), None) {
        corpus.add("profile", &icc)?;
    }
    Ok(())
}

/// Parameters of `resize`.
const PARAMETERS: [&str; 8] = [
    r#"{"renditions": [{"name": "a", "width": 12, "height": 9, "format": "jpeg", "fit": "cover", "position": "attention"}]}"#,
    r#"{"renditions": [{"name": "a", "width": 20, "format": "webp", "quality": 60, "sharpen": 1.0}]}"#,
    r#"{"renditions": [{"name": "a", "widths": [8, 16], "formats": ["webp", "jpeg", "png"]}]}"#,
    r##"{"damaged": "render", "renditions": [{"name": "a", "height": 7, "fit": "contain", "background": "#336699", "format": "png"}]}"##,
    r#"{"renditions": [{"name": "a", "width": 16, "format": "gif", "animation": "keep"}]}"#,
    r#"{"renditions": [{"name": "a", "width": 30, "format": "webp", "lossless": true, "rotate": 90, "flip": true, "animation": "keep"}]}"#,
    r#"{"renditions": [{"name": "a", "width": 9, "height": 9, "fit": "fill", "blur": 1.5, "grayscale": true, "format": "jpeg", "progressive": true, "chroma": "full"}], "only": ["a"]}"#,
    r#"{"renditions": [{"name": "a", "width": 30, "pixel_ratio": 0.5, "format": "source", "focus": {"x": 0.1, "y": 0.9}, "profile": "keep", "metadata": "keep", "linear": true, "pad": 2}]}"#,
];

/// Parameters of other transforms.
const OTHER_PARAMETERS: [&str; 3] = [
    "{}",
    r#"{"hash": "thumbhash", "size": 16, "format": "webp", "inline": true}"#,
    r#"{"overlay": "iVBORw0KGgo=", "position": "bottom-right", "offset": {"x": 0.1, "y": 0.1}, "opacity": 0.5, "tile": true, "gap": 0.2}"#,
];

/// The examples in the documentation.
fn examples(project: &Path, corpus: &Corpus) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(project.join("host/docs"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = fs::read_to_string(path)?;
        for block in text.split("```json").skip(1).filter_map(|rest| rest.split("```").next()) {
            for target in ["document", "events", "parameters", "records"] {
                corpus.add(target, block.trim().as_bytes())?;
            }
        }
    }
    Ok(())
}

/// Events, requests and answers.
fn texts(corpus: &Corpus) -> Result<(), Box<dyn Error>> {
    let s3 = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"P"},"s3":{"bucket":{"name":"source","arn":"a"},"object":{"key":"a+b%2Bc.jpg","size":1024,"eTag":"e","versionId":"v","sequencer":"0055"}}}]}"#;
    let quoted = serde_json::to_string(s3)?;
    for event in [
        s3.to_owned(),
        r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"source"}"#.to_owned(),
        r#"{"version":"0","id":"i","detail-type":"Object Created","source":"aws.s3","time":"2026-01-01T00:00:00Z","detail":{"bucket":{"name":"source"},"object":{"key":"a b.jpg","etag":"e","sequencer":"1"},"requester":"r"}}"#.to_owned(),
        format!(r#"{{"Records":[{{"messageId":"1","eventSource":"aws:sqs","body":{quoted}}}]}}"#),
        format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{{"Type":"Notification","Message":{quoted}}}}}]}}"#),
        r#"{"invocationSchemaVersion":"1.0","invocationId":"i","job":{"id":"j"},"tasks":[{"taskId":"t","s3Key":"a+b.jpg","s3VersionId":null,"s3BucketArn":"arn:aws:s3:::source"}]}"#.to_owned(),
    ] {
        corpus.add("events", event.as_bytes())?;
    }
    for (path, more) in [
        ("/a/photo.jpg/small", r#""accept":"image/avif,image/webp","sec-ch-dpr":"2""#),
        ("/photo.jpg/manifest.json", r#""if-none-match":"\"e\"","range":"bytes=0-3""#),
        ("/photos/cat.jpg/card.webp", r#""width":"640""#),
    ] {
        let request = format!(
            r#"{{"version":"2.0","rawPath":"{path}","headers":{{{more}}},"requestContext":{{"http":{{"method":"GET"}}}}}}"#
        );
        corpus.add("delivery", request.as_bytes())?;
    }
    corpus.add(
        "document",
        br#"{"version": 2, "routes": [{"name": "a", "keys": ["a/**", "*.png"], "media_types": ["image/jpeg"], "key_template": "{key}/{version}/{rendition}.{extension}", "cache_control": "max-age=1", "steps": [{"name": "one", "transform": "resize", "parameters": {"renditions": []}, "settable": ["quality"], "required": false, "limits": {"max_pixels": 10}}, {"name": "two", "transform": "watermark", "input": "one/*", "when": "request", "canary": {"percent": 5}}]}]}"#,
    )?;
    corpus.add(
        "document",
        br#"{"version": 1, "routes": [{"name": "a", "transform": "resize", "keys": ["*"]}]}"#,
    )?;
    corpus.add(
        "records",
        br#"{"version":1,"trial":{"transform":"resize","channel":"canary","digest":"0000000000000000000000000000000000000000000000000000000000000000"},"routes":{"default":{"canary":{"pictures":1}}},"written_at":"2026-01-01T00:00:00Z"}"#,
    )?;
    Ok(())
}

/// A component with a module, a type, an instance and a component in it.
fn component() -> Vec<u8> {
    let section = |id: u8, body: &[u8]| [&[id, body.len() as u8], body].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[1, 0]),
        section(4, &[1, 0x70, 0, 4]),
        section(5, &[1, 0, 1]),
        section(7, &[1, 1, b'm', 2, 0]),
        section(10, &[1, 2, 0, 0x0b]),
    ]
    .concat();
    let inner =
        [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module), section(2, &[1, 0, 0, 0])].concat();
    [
        b"\0asm\x0d\0\x01\0".to_vec(),
        section(1, &module),
        section(2, &[1, 0, 0, 0]),
        section(4, &inner),
        section(5, &[1, 0, 0, 0]),
        section(0, &[&[4][..], b"name", &[0, 1, b'c']].concat()),
    ]
    .concat()
}

//! Every parameter of the schema, on every path of a picture: it changes the output, or it is
//! refused by name before there is a picture.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::{Error, Rendition, Transform};
use png::{BitDepth, ColorType};
use resize::Resize;
use resize::parameters::Parameters;
use serde_json::{Map, Value, json};
use support::*;

/// Parameters without a visible effect in some format: the reason is in the description.
const WITHOUT_EFFECT: [(&str, &str, &str); 10] = [
    // Parameter, format of the rendition (or `*`), words of its description.
    ("quality", "png", "PNG, GIF and lossless WebP have no quality"),
    ("quality", "gif", "PNG, GIF and lossless WebP have no quality"),
    ("chroma", "source", "The chroma subsampling of JPEG and AVIF"),
    ("progressive", "source", "Whether JPEG is progressive"),
    ("progressive", "auto", "Whether JPEG is progressive"),
    ("effort", "source", "The effort to make AVIF and PNG smaller"),
    ("effort", "auto", "The effort to make AVIF and PNG smaller"),
    ("lossless", "source", "Whether WebP is lossless"),
    ("fallback", "*", "more pixels per side than `format` can hold"),
    ("animation", "*", "How to treat animations"),
];

/// A path: a picture, and the other parameters.
struct Way {
    name: &'static str,
    picture: Vec<u8>,
    more: Value,
}

/// A PNG of noise in colour, of 8 or 16 bits, with a profile and an author.
fn noise(depth: BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut info = png::Info::with_size(60, 40);
    (info.color_type, info.bit_depth) = (ColorType::Rgb, depth);
    info.icc_profile = Some(icc.into());
    let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_chunk(png::chunk::ChunkType(*b"eXIf"), &author()).unwrap();
    let bytes = if depth == BitDepth::Sixteen { 2 } else { 1 };
    let mut state = 1_u32;
    let samples = (0..60 * 40 * 3 * bytes).map(|at| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // A gradient, so that left and right differ, and noise.
        (at / bytes % 180 / 2 + (state >> 25) as usize + 20) as u8
    });
    writer.write_image_data(&samples.collect::<Vec<u8>>()).unwrap();
    writer.finish().unwrap();
    file
}

/// An EXIF block with an artist.
fn author() -> Vec<u8> {
    b"II*\0\x08\0\0\0\x01\0\x3b\x01\x02\0\x04\0\0\0Ann\0\0\0\0\0".to_vec()
}

/// An animation with a profile and an author.
fn moving() -> Vec<u8> {
    let noise = noise(BitDepth::Eight);
    let still = |more: &str| {
        one(&noise, &format!(r#""width": 60, "format": "webp", "lossless": true {more}"#))
            .unwrap()
            .body
    };
    let whole = still(r#", "profile": "keep", "metadata": "credit""#);
    // RIFF, VP8X, and all chunks; the picture becomes two frames, the second one turned.
    let chunk = |name: &[u8], body: &[u8]| {
        [name, &(body.len() as u32).to_le_bytes(), body, &vec![0; body.len() % 2]].concat()
    };
    let frame = |file: &[u8]| {
        let head = [0, 0, 0, 0, 0, 0, 59, 0, 0, 39, 0, 0, 100, 0, 0, 2];
        chunk(b"ANMF", &[&head[..], &file[12..]].concat())
    };
    let mut chunks = whole[12..30].to_vec();
    chunks[8] |= 2;
    let mut rest = &whole[30..];
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes(*head[4..].as_array().unwrap()) as usize;
        let end = (length + length % 2).min(after.len());
        if head.starts_with(b"VP8L") {
            chunks.extend(chunk(b"ANIM", &[0; 6]));
            chunks.extend(frame(&still("")));
            chunks.extend(frame(&still(r#", "flop": true"#)));
        } else {
            chunks.extend(&rest[..8 + end]);
        }
        rest = &after[end..];
    }
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
}

/// Values of a property that differ from its default, from its schema.
fn values(name: &str, schema: &Value, root: &Value) -> Vec<Value> {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        return values(name, root.pointer(&path[1..]).unwrap(), root);
    }
    for many in ["oneOf", "anyOf"] {
        if let Some(all) = schema.get(many).and_then(Value::as_array) {
            return all.iter().flat_map(|one| values(name, one, root)).collect();
        }
    }
    if let Some(value) = schema.get("const") {
        return vec![value.clone()];
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array) {
        return all.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str().unwrap(),
        kind => kind.as_str().unwrap(),
    };
    match kind {
        "boolean" => vec![json!(true), json!(false)],
        "integer" | "number" => {
            let least = schema["minimum"].as_f64().unwrap_or(0.0);
            let most = schema["maximum"].as_f64().unwrap_or(90.0);
            let value = match name {
                "width" | "height" | "widths" => 23.0,
                "bytes" => 1200.0,
                "score" => 60.0,
                _ => (least + (most - least) * 0.07).max(least),
            };
            vec![if kind == "integer" { json!(value.ceil() as u64) } else { json!(value) }]
        }
        "string" => vec![json!(if name == "name" { "other" } else { "#10203080" })],
        "array" => values(name, &schema["items"], root).into_iter().map(|v| json!([v])).collect(),
        "object" => {
            let fields = schema["properties"].as_object().unwrap();
            let required = schema.get("required").and_then(Value::as_array);
            let field =
                |(name, one): (&String, &Value)| (name.clone(), values(name, one, root)[0].clone());
            if required.is_some_and(|all| all.len() == fields.len()) || required.is_none() {
                let all: Map<String, Value> = fields.iter().map(field).collect();
                return vec![Value::Object(all)];
            }
            fields.iter().map(|one| json!({ field(one).0: field(one).1 })).collect()
        }
        "null" => Vec::new(),
        other => panic!("{name}: {other}"),
    }
}

/// Other parameters that make a parameter's effect visible.
fn context(name: &str) -> Value {
    match name {
        "without_enlargement" => json!({ "width": 90, "height": 90 }),
        "background" => json!({ "pad": { "top": 2 } }),
        _ => json!({}),
    }
}

/// Parameters that show the effect of `name`, which is set to `value` if there is one.
fn asked(way: &Way, name: &str, value: Option<&Value>) -> String {
    let mut rendition = json!({ "name": "one", "width": 31, "height": 29, "format": "png" });
    let fields = rendition.as_object_mut().unwrap();
    fields.extend(way.more.as_object().unwrap().clone());
    fields.extend(context(name).as_object().unwrap().clone());
    if let Some(value) = value {
        match name {
            "widths" => drop(fields.remove("width")),
            "formats" => drop(fields.remove("format")),
            _ => {}
        }
        fields.insert(name.to_owned(), value.clone());
    }
    json!({ "renditions": [rendition] }).to_string()
}

fn outcome(way: &Way, parameters: &str) -> Result<Vec<Rendition>, Error> {
    let parsed: Result<Parameters, _> = serde_json::from_str(parameters);
    let parsed = parsed.unwrap_or_else(|error| panic!("{parameters}: {error}"));
    Resize::plan(&parsed)?;
    // Parameters that the plan accepts are rendered, unless the picture is refused.
    let refuses = parameters.contains(r#""animation":"refuse""#);
    Ok(render(&way.picture, parameters).unwrap_or_else(|error| match error {
        Error::UnsupportedFormat(_) if refuses => Vec::new(),
        error => panic!("{}: {parameters}: {error:?}", way.name),
    }))
}

/// Every parameter, in each of these formats, for a picture with the parameters `more`.
fn check(name: &'static str, picture: &[u8], more: &Value, formats: &[&str]) {
    let root = serde_json::to_value(schemars::schema_for!(Parameters)).unwrap();
    let fields = root.pointer("/$defs/Rendition/properties").unwrap().as_object().unwrap();
    let (mut changed, mut refused) = (0, 0);
    let mut ignored = Vec::new();
    for &format in formats {
        let mut more = more.clone();
        more["format"] = json!(format);
        let way = &Way { name, picture: picture.to_vec(), more };
        let plain = outcome(way, &asked(way, "", None)).unwrap();
        for (name, schema) in fields {
            let description = schema["description"].as_str().unwrap().replace('\n', " ");
            let seen = context(name) == json!({});
            let plain =
                if seen { plain.clone() } else { outcome(way, &asked(way, name, None)).unwrap() };
            let mut effects = 0;
            let all = values(name, schema, &root);
            for value in &all {
                let parameters = asked(way, name, Some(value));
                match outcome(way, &parameters) {
                    Ok(made) => effects += u32::from(made != plain),
                    Err(Error::InvalidParameters(message)) => {
                        let named = message.contains(&format!(".{name}"));
                        // A format or an animation can conflict with other parameters.
                        let other = matches!(name.as_str(), "format" | "formats" | "animation")
                            && message.contains("renditions[0].");
                        assert!(named || other, "{}: {parameters}: {message}", way.name);
                        effects += 1;
                        refused += 1;
                    }
                    Err(error) => panic!("{}: {parameters}: {error:?}", way.name),
                }
            }
            changed += effects;
            let excuse = WITHOUT_EFFECT.iter().find(|(parameter, formats, _)| {
                parameter == name && (*formats == "*" || *formats == format)
            });
            if effects == 0 && !excuse.is_some_and(|(.., words)| description.contains(words)) {
                ignored.push(format!("{}, {format}: `{name}`: {all:?}", way.name));
            }
        }
    }
    assert!(ignored.is_empty(), "ignored: {ignored:#?}");
    let enough = formats.len() * fields.len();
    assert!(changed as usize > enough && refused > formats.len(), "{changed} {refused}");
}

/// The formats of animations.
const MOVING: [&str; 4] = ["png", "webp", "gif", "source"];

#[test]
fn every_parameter_has_an_effect_on_a_still_picture_or_is_refused_by_name() {
    let formats = ["jpeg", "png", "webp", "gif", "source", "auto"];
    check("still", &noise(BitDepth::Eight), &json!({}), &formats);
}

#[test]
fn every_parameter_has_an_effect_on_the_precise_way_or_is_refused_by_name() {
    let precise = json!({ "filter": "mitchell", "linear": true });
    let formats = ["jpeg", "png", "webp", "gif", "source", "auto"];
    check("precise", &noise(BitDepth::Sixteen), &precise, &formats);
}

#[test]
fn every_parameter_has_an_effect_on_sixteen_bits_or_is_refused_by_name() {
    check("sixteen bits", &noise(BitDepth::Sixteen), &json!({ "depth": 16 }), &["png", "source"]);
}

#[test]
fn every_parameter_has_an_effect_on_frames_or_is_refused_by_name() {
    check("moving", &moving(), &json!({ "animation": "keep" }), &MOVING);
}

#[test]
fn every_parameter_has_an_effect_on_precise_frames_or_is_refused_by_name() {
    let precise = json!({ "animation": "keep", "filter": "cubic" });
    check("moving, precise", &moving(), &precise, &MOVING);
}

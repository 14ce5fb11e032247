//! Words of the formats.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use obscura_sdk::Transform;
use serde_json::Value;

/// Words of binary formats, by target.
const BINARY: &[(&[&str], &[&[u8]])] = &[
    (
        &["jpeg", "jpeg_against"],
        &[
            b"\xff\xd8",
            b"\xff\xc0",
            b"\xff\xc1",
            b"\xff\xc2",
            b"\xff\xc4",
            b"\xff\xda",
            b"\xff\xdb",
            b"\xff\xdd",
            b"\xff\xd0",
            b"\xff\xd7",
            b"\xff\xd9",
            b"\xff\xe0",
            b"\xff\xe1",
            b"\xff\xee",
            b"\xff\0",
            b"Adobe\0",
            b"JFIF\0",
            b"Exif\0\0",
            b"ICC_PROFILE\0",
            b"Photoshop 3.0\0",
            b"\x22",
            b"\x21",
            b"\x12",
            b"\x41",
            b"\x14",
            b"\x44",
        ],
    ),
    (
        &["png", "png_against", "animation", "animation_against"],
        &[
            b"\x89PNG\r\n\x1a\n",
            b"IHDR",
            b"IDAT",
            b"IEND",
            b"PLTE",
            b"tRNS",
            b"gAMA",
            b"cHRM",
            b"sRGB",
            b"iCCP",
            b"cICP",
            b"eXIf",
            b"iTXt",
            b"acTL",
            b"fcTL",
            b"fdAT",
            b"sBIT",
            b"bKGD",
            b"XML:com.adobe.xmp",
            b"\x78\x9c",
            b"\x78\x01",
        ],
    ),
    (
        &["gif", "animation", "animation_against"],
        &[b"GIF89a", b"GIF87a", b"\x21\xf9\x04", b"NETSCAPE2.0", b"\x21\xff\x0b", b"\x2c", b"\x3b"],
    ),
    (
        &["webp", "animation", "animation_against", "metadata"],
        &[
            b"RIFF",
            b"WEBP",
            b"VP8 ",
            b"VP8L",
            b"VP8X",
            b"ALPH",
            b"ANIM",
            b"ANMF",
            b"EXIF",
            b"XMP ",
            b"ICCP",
            b"\x9d\x01\x2a",
            b"\x2f",
        ],
    ),
    (&["vp8"], &[b"\x9d\x01\x2a", b"\x10\0\x10\0"]),
    (
        &["tiff", "tiff_against", "metadata"],
        &[
            b"II*\0",
            b"MM\0*",
            b"II+\0\x08\0\0\0",
            b"\x00\x01",
            b"\x01\x01",
            b"\x02\x01",
            b"\x03\x01",
            b"\x06\x01",
            b"\x0a\x01",
            b"\x11\x01",
            b"\x12\x01",
            b"\x15\x01",
            b"\x16\x01",
            b"\x17\x01",
            b"\x1c\x01",
            b"\x24\x01",
            b"\x3d\x01",
            b"\x42\x01",
            b"\x43\x01",
            b"\x44\x01",
            b"\x45\x01",
            b"\x52\x01",
            b"\x53\x01",
            b"\x5b\x01",
            b"\x12\x02",
            b"\x73\x87",
            b"\x69\x87",
            b"\x3b\x01",
            b"\x98\x82",
            b"\x05\0",
            b"\x07\0",
            b"\x08\0",
            b"\x05\x80",
            b"Exif\0\0",
            b"\x1c\x02\x50",
            b"\x1c\x02\x74",
        ],
    ),
    (
        &["bmp", "bmp_against"],
        &[
            b"BM",
            b"\x28\0\0\0",
            b"\x7c\0\0\0",
            b"\x6c\0\0\0",
            b"\x0c\0\0\0",
            b"\x40\0\0\0",
            b"DBEM",
            b"BGRs",
            b"\0\0",
            b"\0\x01",
            b"\0\x02",
        ],
    ),
    (
        &["avif", "heic"],
        &[
            b"ftyp",
            b"avif",
            b"avis",
            b"heic",
            b"heix",
            b"mif1",
            b"meta",
            b"hdlr",
            b"pict",
            b"pitm",
            b"iloc",
            b"iinf",
            b"infe",
            b"iprp",
            b"ipco",
            b"ipma",
            b"ispe",
            b"pixi",
            b"av1C",
            b"hvcC",
            b"colr",
            b"nclx",
            b"prof",
            b"irot",
            b"imir",
            b"clap",
            b"auxC",
            b"auxl",
            b"dimg",
            b"grid",
            b"iovl",
            b"iref",
            b"idat",
            b"mdat",
            b"moov",
            b"trak",
            b"mdia",
            b"minf",
            b"stbl",
            b"stsd",
            b"stsz",
            b"stsc",
            b"stco",
            b"av01",
            b"hvc1",
            b"prem",
            b"Exif",
            b"mime",
            b"\xff\xff\xff\xff",
        ],
    ),
    (
        &["profile"],
        &[
            b"acsp", b"RGB ", b"GRAY", b"CMYK", b"XYZ ", b"Lab ", b"mntr", b"scnr", b"prtr",
            b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"curv",
            b"para", b"A2B0", b"A2B1", b"B2A0", b"mft1", b"mft2", b"mAB ", b"mBA ", b"cicp",
            b"chad", b"sf32", b"desc",
        ],
    ),
    (
        &["metadata"],
        &[
            b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
            b"<rdf:RDF",
            b"<rdf:Description",
            b"<dc:creator>",
            b"<dc:rights>",
            b"<rdf:Alt>",
            b"<rdf:Seq>",
            b"<rdf:li xml:lang=\"x-default\">",
            b"photoshop:Credit",
            b"&amp;",
            b"&#0;",
            b"<![CDATA[",
            b"8BIM\x04\x04",
        ],
    ),
    (
        &["component"],
        &[
            b"\0asm\x01\0\0\0",
            b"\0asm\x0d\0\x01\0",
            b"obscura:transform/transformer@1.0.0",
            b"wasi:io/streams@0.2.6",
            b".dep-v0",
        ],
    ),
    (
        &["s3_listing", "s3_answers"],
        &[
            b"<ListBucketResult>",
            b"<Contents>",
            b"</Contents>",
            b"<Key>",
            b"</Key>",
            b"<Size>",
            b"<ETag>",
            b"<LastModified>",
            b"<EncodingType>url</EncodingType>",
            b"<IsTruncated>true</IsTruncated>",
            b"<NextContinuationToken>",
            b"<Error>",
            b"<Code>",
            b"<Message>",
            b"NoSuchKey",
            b"NoSuchBucket",
            b"SlowDown",
            b"<![CDATA[",
            b"&#x1;",
            b"%2F",
            b"+",
        ],
    ),
    (
        &["local_s3", "paths"],
        &[
            b"uploads=",
            b"uploadId=",
            b"partNumber=1",
            b"list-type=2",
            b"prefix=",
            b"delimiter=/",
            b"encoding-type=url",
            b"start-after=",
            b"tagging=",
            b"delete=",
            b"max-keys=",
            b"versions=",
            b"%2e%2e",
            b"%2f",
            b"../",
            b"bytes=0-1",
            b"source/a",
            b"image/webp",
            b"image/avif;q=",
            b"<Delete><Object><Key>a</Key></Object></Delete>",
            b"<CompleteMultipartUpload>",
            b"<Tagging><TagSet><Tag><Key>",
            b"\"*\"",
        ],
    ),
    (
        &["keys"],
        &[
            b"{key}",
            b"{rendition}",
            b"{extension}",
            b"{step}",
            b"{version}",
            b"/manifest.json",
            b"incoming/",
            b"canary/",
            b".wasm",
            b"%2B",
        ],
    ),
    (
        &["events"],
        &[
            b"Records",
            b"eventSource",
            b"aws:s3",
            b"aws:sqs",
            b"eventName",
            b"ObjectCreated:Put",
            b"ObjectRemoved:Delete",
            b"body",
            b"Sns",
            b"Message",
            b"Type",
            b"Notification",
            b"detail-type",
            b"aws.s3",
            b"tasks",
            b"s3BucketArn",
            b"%00",
            b"\\u0000",
        ],
    ),
    (
        &["delivery"],
        &[
            b"rawPath",
            b"headers",
            b"requestContext",
            b"http",
            b"method",
            b"accept",
            b"sec-ch-dpr",
            b"sec-ch-width",
            b"range",
            b"bytes=0-",
            b".webp",
            b"%2525",
        ],
    ),
];

/// Writes a dictionary for each target that has words.
pub(crate) fn write(project: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut all: std::collections::BTreeMap<&str, BTreeSet<Vec<u8>>> =
        std::collections::BTreeMap::new();
    for (targets, words) in BINARY {
        for target in *targets {
            all.entry(target).or_default().extend(words.iter().map(|word| word.to_vec()));
        }
    }
    for target in ["parameters", "resize"] {
        schema(&parameters::<resize::Resize>()?, all.entry(target).or_default());
    }
    schema(&parameters::<placeholder::Placeholder>()?, all.entry("parameters").or_default());
    schema(&parameters::<watermark::Watermark>()?, all.entry("parameters").or_default());
    for (target, file) in [("document", "pipeline"), ("records", "manifest")] {
        let text = fs::read(project.join(format!("host/{file}.schema.json")))?;
        schema(&serde_json::from_slice(&text)?, all.entry(target).or_default());
    }
    for (target, words) in all {
        let line = |word: &Vec<u8>| {
            let bytes: String = word.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            format!("\"{bytes}\"\n")
        };
        fs::write(
            folder.join(format!("{target}.dict")),
            words.iter().map(line).collect::<String>(),
        )?;
    }
    Ok(())
}

/// The schema of a transform's parameters.
fn parameters<T: Transform>() -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::to_value(schemars::schema_for!(T::Parameters))?)
}

/// Property names, with their quotes, and their possible words.
fn schema(value: &Value, words: &mut BTreeSet<Vec<u8>>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("properties", Value::Object(properties)) => {
                        words.extend(
                            properties.keys().map(|name| format!("\"{name}\":").into_bytes()),
                        );
                    }
                    ("enum", Value::Array(all)) => {
                        words.extend(all.iter().map(|one| one.to_string().into_bytes()));
                    }
                    ("const", one) => _ = words.insert(one.to_string().into_bytes()),
                    _ => {}
                }
                schema(field, words);
            }
        }
        Value::Array(all) => all.iter().for_each(|one| schema(one, words)),
        _ => {}
    }
}

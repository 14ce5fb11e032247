//! The project's own golden pictures.

use bytes::Bytes;

use crate::gate::Picture;

/// Name and file.
const PICTURES: [(&str, &[u8]); 29] = [
    ("16-bit.png", include_bytes!("pictures/16-bit.png")),
    ("1x1.jpg", include_bytes!("pictures/1x1.jpg")),
    ("1x1.png", include_bytes!("pictures/1x1.png")),
    ("1x3000.jpg", include_bytes!("pictures/1x3000.jpg")),
    ("3000x1.png", include_bytes!("pictures/3000x1.png")),
    ("alpha.png", include_bytes!("pictures/alpha.png")),
    ("alpha.webp", include_bytes!("pictures/alpha.webp")),
    ("animated.gif", include_bytes!("pictures/animated.gif")),
    ("animated.webp", include_bytes!("pictures/animated.webp")),
    ("bomb.gif", include_bytes!("pictures/bomb.gif")),
    ("bomb.png", include_bytes!("pictures/bomb.png")),
    ("cmyk.jpg", include_bytes!("pictures/cmyk.jpg")),
    ("empty.jpg", include_bytes!("pictures/empty.jpg")),
    ("grey.jpg", include_bytes!("pictures/grey.jpg")),
    ("grey.png", include_bytes!("pictures/grey.png")),
    ("lossy.webp", include_bytes!("pictures/lossy.webp")),
    ("orientation-1.jpg", include_bytes!("pictures/orientation-1.jpg")),
    ("orientation-2.jpg", include_bytes!("pictures/orientation-2.jpg")),
    ("orientation-3.jpg", include_bytes!("pictures/orientation-3.jpg")),
    ("orientation-4.jpg", include_bytes!("pictures/orientation-4.jpg")),
    ("orientation-5.jpg", include_bytes!("pictures/orientation-5.jpg")),
    ("orientation-6.jpg", include_bytes!("pictures/orientation-6.jpg")),
    ("orientation-7.jpg", include_bytes!("pictures/orientation-7.jpg")),
    ("orientation-8.jpg", include_bytes!("pictures/orientation-8.jpg")),
    ("palette.gif", include_bytes!("pictures/palette.gif")),
    ("progressive.jpg", include_bytes!("pictures/progressive.jpg")),
    ("truncated.jpg", include_bytes!("pictures/truncated.jpg")),
    ("truncated.png", include_bytes!("pictures/truncated.png")),
    ("wide-gamut.jpg", include_bytes!("pictures/wide-gamut.jpg")),
];

/// All golden pictures.
pub(super) fn all() -> Vec<Picture> {
    let pictures = PICTURES.iter();
    pictures
        .map(|(name, body)| Picture { name: (*name).to_owned(), body: Bytes::from_static(body) })
        .collect()
}

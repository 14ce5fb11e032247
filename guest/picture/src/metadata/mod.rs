//! Metadata of pictures. It comes from cameras, phones and programs of all ages, so nothing in it
//! is trusted, and damage is never fatal.

mod credit;
mod exif;
mod iptc;
mod text;
mod xmp;

pub use credit::Credit;
pub use exif::orientation;

/// Raw blocks of metadata.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    /// EXIF, with or without its `Exif\0\0`.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// IPTC's datasets.
    pub iptc: Option<Vec<u8>>,
}

impl Blocks {
    /// Those in a JPEG file's header.
    pub fn of_jpeg(header: &mut obscura_jpeg::Header) -> Self {
        let resources = header.photoshop.as_deref().unwrap_or(&[]);
        Self {
            exif: header.exif.take(),
            xmp: header.xmp.take(),
            iptc: iptc::in_resources(resources).map(<[u8]>::to_vec),
        }
    }

    /// Those of a TIFF file, whose first directory is like EXIF's.
    pub fn of_tiff(file: &[u8]) -> Self {
        let (xmp, iptc) = exif::blocks(file);
        Self { exif: exif::credit(file).map(|credit| credit.exif()), xmp, iptc }
    }

    /// Author and copyright. None if the file has none.
    pub fn credit(&self) -> Option<Credit> {
        let exif = self.exif.as_deref().and_then(exif::credit);
        let xmp = self.xmp.as_deref().and_then(xmp::credit);
        let iptc = self.iptc.as_deref().and_then(iptc::credit);
        [exif, xmp, iptc].into_iter().flatten().reduce(Credit::or)
    }
}

impl Credit {
    /// As an EXIF block: artist and copyright.
    #[must_use]
    pub fn exif(&self) -> Vec<u8> {
        exif::block(&[(exif::ARTIST, &self.creator), (exif::COPYRIGHT, &self.copyright)])
    }

    /// As an XMP packet.
    #[must_use]
    pub fn xmp(&self) -> String {
        xmp::packet(self)
    }
}

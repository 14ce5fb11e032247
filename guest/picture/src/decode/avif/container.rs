//! The container: the items of a file, their bytes and properties (ISO/IEC 23008-12, and AV1 Image
//! File Format).

use std::borrow::Cow;
use std::collections::BTreeMap;

use obscura_sdk::Error;

use super::bytes::{Bytes, Named};
use super::fault::{cut_short, damaged, rare};

/// The item metadata of a file.
#[derive(Debug, Default)]
pub(in crate::decode) struct Container<'a> {
    file: &'a [u8],
    /// Bytes of items that are stored next to the metadata.
    data: &'a [u8],
    /// The primary item.
    pub(super) primary: u32,
    kinds: BTreeMap<u32, [u8; 4]>,
    places: BTreeMap<u32, Place>,
    references: Vec<Reference>,
    /// All properties.
    properties: Vec<Named<'a>>,
    /// The properties of each item, counted from one, and whether they are essential.
    owned: BTreeMap<u32, Vec<(usize, bool)>>,
}

/// The location of an item's bytes.
#[derive(Debug)]
struct Place {
    /// 0 in the file, 1 next to the metadata.
    method: u16,
    /// Whether they are in another file.
    elsewhere: bool,
    /// Offsets and lengths; length 0 means up to the end.
    pieces: Vec<(u64, u64)>,
}

/// References of an item to others.
#[derive(Debug)]
struct Reference {
    name: [u8; 4],
    from: u32,
    to: Vec<u32>,
}

impl<'a> Container<'a> {
    /// Parse a file.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Error> {
        let mut rest = Bytes(file);
        let mut moves = false;
        // The rest may be truncated: the bytes of items are read when they are needed.
        while let Ok(Some((name, body))) = rest.next_box() {
            match &name {
                b"meta" => return Self { file, ..Self::default() }.describe(body),
                b"moov" => moves = true,
                _ => {}
            }
        }
        if moves {
            return Err(rare("an animation without a still picture"));
        }
        Err(cut_short())
    }

    fn describe(mut self, meta: &'a [u8]) -> Result<Self, Error> {
        let mut rest = Bytes(meta);
        rest.version()?;
        let mut primary = None;
        while let Some((name, body)) = rest.next_box()? {
            let mut body = Bytes(body);
            match &name {
                b"pitm" => {
                    let (version, _) = body.version()?;
                    primary = Some(body.wide(version > 0)?);
                }
                b"iinf" => self.read_kinds(body)?,
                b"iloc" => self.read_places(body)?,
                b"iref" => self.read_references(body)?,
                b"iprp" => self.read_properties(body)?,
                b"idat" => self.data = body.0,
                _ => {}
            }
        }
        self.primary = primary.ok_or_else(|| rare("without a still picture"))?;
        Ok(self)
    }

    fn read_kinds(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        let (version, _) = body.version()?;
        body.wide(version > 0)?; // How many: the boxes tell.
        while let Some((name, entry)) = body.next_box()? {
            let mut entry = Bytes(entry);
            let (version, _) = entry.version()?;
            if &name == b"infe" && version >= 2 {
                let id = entry.wide(version > 2)?;
                entry.short()?; // Protection.
                self.kinds.insert(id, entry.name()?);
            }
        }
        Ok(())
    }

    fn read_places(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        let (version, _) = body.version()?;
        let [sizes, more] = body.short()?.to_be_bytes().map(|byte| [byte >> 4, byte & 15]);
        let [offset, length, base] = [sizes[0], sizes[1], more[0]].map(usize::from);
        let index = if version > 0 { usize::from(more[1]) } else { 0 };
        if [offset, length, base, index].iter().any(|size| ![0, 4, 8].contains(size)) {
            return Err(damaged("the places of items are of no known size"));
        }
        let count = body.wide(version > 1)?;
        for _ in 0..count {
            let id = body.wide(version > 1)?;
            let method = if version > 0 { body.short()? & 15 } else { 0 };
            let elsewhere = body.short()? != 0;
            let base = body.number(base)?;
            let count = body.short()?;
            if index + offset + length == 0 && count > 1 {
                return Err(damaged("an item lies in many places of no size"));
            }
            let mut pieces = Vec::new();
            for _ in 0..count {
                body.number(index)?;
                let at = base.checked_add(body.number(offset)?).ok_or_else(cut_short)?;
                pieces.push((at, body.number(length)?));
            }
            self.places.insert(id, Place { method, elsewhere, pieces });
        }
        Ok(())
    }

    fn read_references(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        let (version, _) = body.version()?;
        while let Some((name, entry)) = body.next_box()? {
            let mut entry = Bytes(entry);
            let from = entry.wide(version > 0)?;
            let count = entry.short()?;
            let to = (0..count).map(|_| entry.wide(version > 0)).collect::<Result<_, _>>()?;
            self.references.push(Reference { name, from, to });
        }
        Ok(())
    }

    fn read_properties(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        while let Some((name, inner)) = body.next_box()? {
            let mut inner = Bytes(inner);
            match &name {
                b"ipco" => {
                    while let Some(property) = inner.next_box()? {
                        self.properties.push(property);
                    }
                }
                b"ipma" => self.read_owned(inner)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_owned(&mut self, mut body: Bytes<'a>) -> Result<(), Error> {
        let (version, flags) = body.version()?;
        let count = body.long()?;
        for _ in 0..count {
            let id = body.wide(version > 0)?;
            let count = body.byte()?;
            let owned = self.owned.entry(id).or_default();
            for _ in 0..count {
                let (number, essential) = if flags & 1 == 1 {
                    let all = body.short()?;
                    (all & 0x7fff, all >> 15 == 1)
                } else {
                    let all = body.byte()?;
                    (u16::from(all & 0x7f), all >> 7 == 1)
                };
                owned.push((usize::from(number), essential));
            }
        }
        Ok(())
    }

    /// The bytes of the file.
    pub(super) fn length(&self) -> usize {
        self.file.len()
    }

    /// The type of an item: `av01`, `grid`, …
    pub(super) fn kind(&self, item: u32) -> Option<&[u8; 4]> {
        self.kinds.get(&item)
    }

    /// The properties of an item, in order, and whether they are essential.
    pub(in crate::decode) fn properties(
        &self,
        item: u32,
    ) -> impl Iterator<Item = (&[u8; 4], Bytes<'a>, bool)> {
        let owned = self.owned.get(&item).into_iter().flatten();
        owned.filter_map(|&(number, essential)| {
            let (name, body) = self.properties.get(number.checked_sub(1)?)?;
            Some((name, Bytes(body), essential))
        })
    }

    /// The items to which `item` refers as `name`.
    pub(super) fn targets(&self, item: u32, name: &[u8; 4]) -> &[u32] {
        let mut all = self.references.iter();
        all.find(|one| one.from == item && &one.name == name).map_or(&[], |one| &one.to)
    }

    /// The items that refer to `item` as `name`.
    pub(super) fn sources(&self, item: u32, name: &[u8; 4]) -> impl Iterator<Item = u32> {
        let refers = move |one: &&Reference| &one.name == name && one.to.contains(&item);
        self.references.iter().filter(refers).map(|one| one.from)
    }

    /// The bytes of an item.
    pub(in crate::decode) fn bytes(&self, item: u32) -> Result<Cow<'a, [u8]>, Error> {
        let place = self.places.get(&item).ok_or_else(|| damaged("an item has no place"))?;
        let all = match place.method {
            _ if place.elsewhere => return Err(rare("with pixels in another file")),
            0 => self.file,
            1 => self.data,
            _ => return Err(rare("with pixels in pieces of other items")),
        };
        let piece = |&(at, length): &(u64, u64)| {
            let from = all.get(usize::try_from(at).ok()?..)?;
            if length == 0 { Some(from) } else { from.get(..usize::try_from(length).ok()?) }
        };
        if let [one] = place.pieces.as_slice() {
            return Ok(Cow::Borrowed(piece(one).ok_or_else(cut_short)?));
        }
        let mut whole = Vec::new();
        for one in &place.pieces {
            whole.extend_from_slice(piece(one).ok_or_else(cut_short)?);
            if whole.len() > all.len() {
                return Err(damaged("an item is larger than the file"));
            }
        }
        Ok(Cow::Owned(whole))
    }
}

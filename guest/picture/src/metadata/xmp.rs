//! XMP (ISO 16684-1), with the properties of the IPTC Photo Metadata Standard.

use roxmltree::{Document, Node, ParsingOptions};

use super::credit::Credit;
use super::text::{join, text};

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";

/// The maximum number of nodes. Edit histories have some thousands.
const MOST: u32 = 100_000;

/// The maximum number of attributes of an element, and of declared namespaces: parsing takes quadratic
/// time in both. Programs write some dozens.
const MOST_ATTRIBUTES: usize = 1_000;

/// Author and copyright.
pub(super) fn credit(packet: &[u8]) -> Option<Credit> {
    let packet = str::from_utf8(packet).ok()?.trim_matches(['\u{feff}', '\0', ' ', '\n', '\r']);
    // An attribute has an equals sign, and no `<`.
    let signs = |part: &str| part.matches('=').count();
    if packet.matches("xmlns").count() > MOST_ATTRIBUTES
        || packet.split('<').any(|element| signs(element) > MOST_ATTRIBUTES)
    {
        return None;
    }
    let options = ParsingOptions { nodes_limit: MOST, ..ParsingOptions::default() };
    let document = Document::parse_with_options(packet, options).ok()?;
    let value = |name| property(&document, name).next().unwrap_or_default();
    Credit {
        creator: join(property(&document, (DC, "creator"))),
        copyright: value((DC, "rights")),
        line: value((PHOTOSHOP, "Credit")),
        statement: value((RIGHTS, "WebStatement")),
    }
    .known()
}

/// A property's values: an attribute of a description, or the text of a child element, or of the
/// items of its list. Descriptions inside properties do not belong to the picture, and searching
/// them would take quadratic time.
fn property<'a>(
    document: &'a Document<'_>,
    name: (&'static str, &'static str),
) -> impl Iterator<Item = String> + 'a {
    let root = document.descendants().find(|node| node.has_tag_name((RDF, "RDF")));
    let descriptions = root.into_iter().flat_map(|root| root.children());
    let descriptions = descriptions.filter(|node| node.has_tag_name((RDF, "Description")));
    descriptions.flat_map(move |description| {
        let attribute = description.attribute(name).map(|value| text(value.as_bytes()));
        let elements = description.children().filter(move |child| child.has_tag_name(name));
        attribute.into_iter().chain(elements.flat_map(values))
    })
}

fn values<'a>(element: Node<'a, 'a>) -> impl Iterator<Item = String> + 'a {
    let items = element.descendants().filter(|node| node.has_tag_name((RDF, "li")));
    let own = element.text().into_iter();
    own.chain(items.filter_map(|item| item.text()))
        .map(|value| text(value.as_bytes()))
        .filter(|value| !value.is_empty())
}

/// A packet with only author and copyright.
pub(super) fn packet(credit: &Credit) -> String {
    let attribute = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!(" {name}=\"{}\"", escaped(value)),
    };
    let list = |name: &str, kind: &str, item: &str, value: &str| match value {
        "" => String::new(),
        value => format!("<{name}><{kind}><{item}>{}</rdf:li></{kind}></{name}>", escaped(value)),
    };
    [
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>",
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
        &format!("<rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description rdf:about=\"\" xmlns:dc=\"{DC}\""),
        &format!(" xmlns:photoshop=\"{PHOTOSHOP}\" xmlns:xmpRights=\"{RIGHTS}\""),
        &attribute("photoshop:Credit", &credit.line),
        &attribute("xmpRights:WebStatement", &credit.statement),
        ">",
        &list("dc:creator", "rdf:Seq", "rdf:li", &credit.creator),
        &list("dc:rights", "rdf:Alt", "rdf:li xml:lang=\"x-default\"", &credit.copyright),
        "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>",
    ]
    .concat()
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let whole = Credit {
            creator: "Zoë & <Sons>".into(),
            copyright: "© \"Agency\"".into(),
            line: "Agency/Zoë".into(),
            statement: "https://example.com/licence?a=1&b=2".into(),
        };
        assert_eq!(credit(packet(&whole).as_bytes()), Some(whole.clone()));
        let alone = Credit { line: "Agency".into(), ..Credit::default() };
        assert_eq!(credit(packet(&alone).as_bytes()), Some(alone));
        assert_eq!(credit(packet(&Credit::default()).as_bytes()), None);
        let packet = packet(&whole);
        for end in 0..packet.len() {
            let _ = credit(&packet.as_bytes()[..end]);
        }
    }

    #[test]
    fn what_would_take_quadratic_time_is_not_parsed() {
        let nested: String = (0..50_000).map(|n| format!("<a{n} xmlns:b{n}=\"c\">")).collect();
        assert_eq!(credit(nested.as_bytes()), None);
        let attributes: String = (0..500_000).map(|n| format!(" a{n}=\">\"")).collect();
        assert_eq!(credit(format!("<a{attributes}/>").as_bytes()), None);
    }

    #[test]
    fn other_programs_write_it_otherwise() {
        // With other prefixes, elements instead of attributes, lists, and unrelated content.
        let packet = "\u{feff}<?xpacket begin='' id=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
            <r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
            <r:Description xmlns:e='http://ns.adobe.com/exif/1.0/' e:GPSLatitude='52,30N'/>
            <r:Description xmlns:d='http://purl.org/dc/elements/1.1/'
                xmlns:p='http://ns.adobe.com/photoshop/1.0/'>
            <d:creator><r:Seq><r:li>Ann</r:li><r:li>Bea</r:li></r:Seq></d:creator>
            <d:rights><r:Alt><r:li xml:lang='x-default'>(c)</r:li><r:li xml:lang='de'>(k)</r:li></r:Alt></d:rights>
            <p:Credit>Agency</p:Credit></r:Description></r:RDF></x:xmpmeta><?xpacket end='w'?>\n\n\0";
        let found = credit(packet.as_bytes()).unwrap();
        assert_eq!((found.creator.as_str(), found.copyright.as_str()), ("Ann; Bea", "(c)"));
        assert_eq!((found.line.as_str(), found.statement.as_str()), ("Agency", ""));
    }

    #[test]
    fn deep_nesting_and_entities_do_no_harm() {
        let deep = "<a>".repeat(200_000) + &"</a>".repeat(200_000);
        assert_eq!(credit(deep.as_bytes()), None);
        // Nested descriptions are read once, not once per level.
        let (open, shut) = ("<r:Description><d:creator>", "</d:creator></r:Description>");
        let nested = format!(
            "<r:RDF xmlns:r='{RDF}' xmlns:d='{DC}'>{}<r:li>Ann</r:li>{}</r:RDF>",
            open.repeat(300),
            shut.repeat(300)
        );
        let document = Document::parse(&nested).unwrap();
        assert_eq!(property(&document, (DC, "creator")).collect::<Vec<_>>(), ["Ann"]);
        let laughs = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
        assert_eq!(credit(laughs.as_bytes()), None);
    }
}

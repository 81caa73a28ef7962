//! What is read of XML, and what is refused.

use crate::wire::{Document, Kind, Limits, Node, Unreadable, XSI};

fn read(xml: &str) -> Result<Document, Unreadable> {
    Document::xml(xml.as_bytes(), None)
}

fn text(node: Node<'_>, path: &str) -> Option<String> {
    node.get(path)?.text().map(Into::into)
}

#[test]
fn elements_attributes_and_texts_are_read() {
    let document = read(
        "<!-- a --><Afspraak Id=\"7\">\n  <BlokType Id='5'><Naam>Consult kort </Naam></BlokType>\n  <Leeg/><Leeg2></Leeg2></Afspraak>\n",
    )
    .unwrap();
    let root = document.root();
    assert_eq!((root.name(), root.kind(), root.namespace()), ("Afspraak", Kind::Object, None));
    assert_eq!(text(root, "@Id").as_deref(), Some("7"));
    assert_eq!(text(root, "BlokType.@Id").as_deref(), Some("5"));
    assert_eq!(text(root, "BlokType.Naam").as_deref(), Some("Consult kort "));
    assert_eq!(root.items().map(Node::name).collect::<Vec<_>>(), ["BlokType", "Leeg", "Leeg2"]);
    assert!(root.get("Weg").is_none() && root.get("BlokType.Weg").is_none());
}

#[test]
fn edge_16_document_types_and_entities_are_refused() {
    for xml in [
        "<!DOCTYPE a><a/>",
        "<!doctype a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE l [<!ENTITY l1 '&l0;&l0;'><!ENTITY l2 '&l1;&l1;'>]><l>&l2;</l>",
    ] {
        assert_eq!(read(xml).unwrap_err(), Unreadable::Doctype, "{xml}");
    }
    for xml in
        ["<a>&b;</a>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#x1;</a>", "<a>&#xD800;</a>", "<a>&#+65;</a>"]
    {
        assert!(matches!(read(xml).unwrap_err(), Unreadable::Entity { .. }), "{xml}");
    }
    for xml in ["<a b='&c;'/>", "<a b='&lt'/>", "<a b='&#x1;'/>", "<a xmlns='&c;'/>"] {
        assert!(matches!(read(xml).unwrap_err(), Unreadable::Entity { .. }), "{xml}");
    }
}

#[test]
fn edge_17_order_empty_elements_and_nil() {
    let xml =
        format!("<A xmlns:i=\"{XSI}\"><Eind>e</Eind><Opmerkingen i:nil='true'/><Naam /><Start>s</Start></A>");
    let document = read(&xml).unwrap();
    let root = document.root();
    assert_eq!(text(root, "Start").as_deref(), Some("s"));
    assert_eq!(text(root, "Naam").as_deref(), Some(""));
    let nil = root.get("Opmerkingen").unwrap();
    assert_eq!((nil.kind(), nil.text()), (Kind::Null, None));
    // The prefix says nothing, the namespace does.
    let other = read("<A xmlns:xsi='urn:other'><B xsi:nil='true'/></A>").unwrap();
    assert_eq!(other.root().get("B").unwrap().kind(), Kind::Text);
    assert!(read(&xml.replace("i:nil='true'/>", "i:nil='true'>x</Opmerkingen>")).is_err());
}

#[test]
fn edge_18_an_id_may_stand_there_twice() {
    let document = read("<A Id='-1001'><Identificatie Id=\"-1001\"/></A>").unwrap();
    assert_eq!(text(document.root(), "Identificatie.@Id"), text(document.root(), "@Id"));
}

#[test]
fn edge_19_escapes_and_line_ends_are_read() {
    let document = read(
        "<A b='x&#10;y&quot;\tz'>&lt;b&gt; &amp;&apos;&quot; \r\nregel<!-- weg --> 2\rregel 3&#13;<![CDATA[ <&amp;> ]]>&#x20AC;</A>",
    )
    .unwrap();
    let root = document.root();
    assert_eq!(root.text().unwrap(), "<b> &'\" \nregel 2\nregel 3\r <&amp;> €");
    assert_eq!(text(root, "@b").as_deref(), Some("x\ny\" z"));
}

#[test]
fn namespaces_are_compared_and_prefixes_are_not() {
    let document = read(
        "<s:Envelope xmlns:s='urn:soap' xmlns='urn:d'><Body><x/></Body><t:Body xmlns:t='urn:soap'><p xmlns=''/></t:Body></s:Envelope>",
    )
    .unwrap();
    let root = document.root();
    assert_eq!((root.name(), root.namespace()), ("Envelope", Some("urn:soap")));
    assert_eq!(root.get("Body").unwrap().namespace(), Some("urn:soap"));
    assert_eq!(root.get("Body.p").unwrap().namespace(), None);
    assert!(root.child(Some("urn:d"), "Body").unwrap().get("x").is_some());
    assert!(root.child(None, "Body").is_none());
    let typed = read(&format!("<A xmlns:q='{XSI}' q:type='T' type='u'/>")).unwrap();
    assert_eq!(typed.root().attribute(Some(XSI), "type").unwrap().text().unwrap(), "T");
    assert_eq!(text(typed.root(), "@type").as_deref(), Some("u"));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for xml in [
        "",
        "   ",
        "text",
        "<a>",
        "<a><b></a></b>",
        "<a></a",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a/>&amp;",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>",
        "<a b='<'/>",
        "<x:a/>",
        "<a x:b='1'/>",
        "<a xmlns:x=''/>",
        "<a xmlns:x='u' xmlns:x='v'/>",
        "<a xmlns='u' xmlns='u'/>",
        "<:a/>",
        "<a:/>",
        "<1a/>",
        "< a/>",
        "<a>\u{1}</a>",
        "<a>\u{FFFF}</a>",
        "<a><!-- </a>",
        "<a><![CDATA[x</a>",
        "<a/><?xml version='1.0'?>",
        " <?xml version='1.0'?><a/>",
        "<html><body><br></body></html>",
    ] {
        assert!(read(xml).is_err(), "{xml:?}");
    }
}

#[test]
fn every_truncation_of_a_document_is_refused() {
    let xml = "<?xml version=\"1.0\"?><A Id='1'><B>x &amp; y</B><C/></A>";
    for end in 0..xml.len() {
        assert!(read(xml.get(..end).unwrap()).is_err(), "{end}");
    }
    assert!(read(xml).is_ok());
}

#[test]
fn ten_thousand_levels_are_refused() {
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert_eq!(read(&deep).unwrap_err(), Unreadable::TooDeep);
    let fits = format!("{}{}", "<a>".repeat(64), "</a>".repeat(64));
    assert!(read(&fits).is_ok());
}

#[test]
fn a_hundred_megabytes_are_refused_before_anything_is_copied() {
    // Not even UTF-8: were it looked at, the error would be another one.
    let bytes = vec![0xFF_u8; 100 << 20];
    assert!(matches!(Document::xml(&bytes, None).unwrap_err(), Unreadable::TooLong { .. }));
}

#[test]
fn the_caller_s_caps_hold() {
    let limits = Limits { bytes: 100, nodes: 3 };
    let read = |xml: &str| Document::xml_within(xml.as_bytes(), None, limits);
    assert_eq!(read("<a><b/><b/><b/></a>").unwrap_err(), Unreadable::TooManyNodes { limit: 3 });
    assert!(read("<a b='1'><b/></a>").is_ok());
    let prefixes = (0..200).map(|n| format!(" xmlns:a{n}='u'")).collect::<Vec<_>>().concat();
    assert!(super::read(format!("<a{prefixes}/>").into(), Limits::default()).is_err());
    let many = (0..200).map(|n| format!(" a{n}='1'")).collect::<Vec<_>>().concat();
    assert!(super::read(format!("<a{many}/>").into(), Limits::default()).is_err());
}

#[test]
fn no_error_repeats_the_content() {
    for xml in ["<a>&geheim;</a>", "<geheim>", "<a></geheim>", "<geheim:a/>", "<a geheim='1' geheim='2'/>"] {
        assert!(
            !format!("{:?} {}", read(xml).unwrap_err(), read(xml).unwrap_err()).contains("geheim"),
            "{xml}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes: Vec<u8>) {
        drop(Document::xml(&bytes, None));
    }

    #[test]
    fn any_text_of_xml_characters_is_a_document_or_an_error(xml in r#"[<>/!?&;:\[\]\-='"abx#1 \r\n]{0,80}"#) {
        if let Ok(document) = read(&xml) {
            drop(document.root().raw_json());
        }
    }

    #[test]
    fn any_text_of_xml_tokens_is_a_document_or_an_error(parts in proptest::collection::vec(
        proptest::sample::select(vec!["<a>", "</a>", "<a b='c'>", "<b/>", "x", "&lt;", "&#13;", "<![CDATA[", "]]>", "<!--", "-->", "\r\n", "<?p ", "?>", "xmlns='u'"]),
        0..12,
    )) {
        if let Ok(document) = read(&format!("<a>{}</a>", parts.concat())) {
            drop(document.root().raw_json());
        }
    }
}

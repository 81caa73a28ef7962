//! The XHTML of a narrative: well formed, harmless, not empty (txt-1, txt-2; `dutch-fhir.md` case 27).
//!
//! Elements and attributes are those R4 names for a narrative; everything that could run, or fetch from elsewhere when
//! it is shown, is not among them.

const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "cite",
    "class",
    "colspan",
    "compact",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "id",
    "lang",
    "name",
    "nowrap",
    "rowspan",
    "rules",
    "scope",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "width",
    "xml:lang",
    "xmlns",
];

/// Schemes a link may have; an image may not point outside at all.
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "urn"];

/// txt-1: one `div`, well formed, made of the elements and attributes above.
pub(super) fn is_safe(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut closed = false;
    let mut rest = html.trim();
    while let Some((text, after)) = rest.split_once('<') {
        if open.is_empty() && (closed || !text.trim().is_empty()) {
            return false;
        }
        let Some((tag, next)) = Tag::read(after) else { return false };
        rest = next;
        match tag {
            Tag::Comment => {}
            Tag::Close(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
                closed = open.is_empty();
            }
            Tag::Open { name, empty } => {
                if open.is_empty() && (name != "div" || empty) {
                    return false;
                }
                if !empty {
                    open.push(name);
                }
            }
        }
    }
    // what is kept must be sayable in XML too
    closed && rest.trim().is_empty() && crate::xml::is_well_formed(html)
}

/// txt-2: some text that is not blank, or an image.
pub(super) fn has_content(html: &str) -> bool {
    let mut pieces = html.split('<');
    let before = pieces.next().is_some_and(|text| !text.trim().is_empty());
    before
        || pieces.any(|piece| {
            let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
            tag.starts_with("img") || !text.trim().is_empty()
        })
}

enum Tag<'h> {
    Open { name: &'h str, empty: bool },
    Close(&'h str),
    Comment,
}

impl<'h> Tag<'h> {
    /// Reads what follows a `<`, and gives what follows the tag.
    fn read(text: &'h str) -> Option<(Self, &'h str)> {
        if let Some(comment) = text.strip_prefix("!--") {
            return comment.split_once("-->").map(|(_, rest)| (Self::Comment, rest));
        }
        if let Some(close) = text.strip_prefix('/') {
            let (name, rest) = close.split_once('>')?;
            return Some((Self::Close(name.trim_end()), rest));
        }
        let end = text.find(|c: char| !c.is_ascii_alphanumeric())?;
        let (name, mut rest) = text.split_at_checked(end)?;
        if !ELEMENTS.contains(&name) {
            return None;
        }
        loop {
            let trimmed = rest.trim_start();
            if let Some(after) = trimmed.strip_prefix('>') {
                return Some((Self::Open { name, empty: false }, after));
            }
            if let Some(after) = trimmed.strip_prefix("/>") {
                return Some((Self::Open { name, empty: true }, after));
            }
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = attribute(name, trimmed)?;
        }
    }
}

/// Reads one attribute of an element when it is harmless, and gives what follows it.
fn attribute<'h>(element: &str, text: &'h str) -> Option<&'h str> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_end();
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = rest.strip_prefix(quote)?.split_once(quote)?;
    let harmless = match name {
        "href" | "cite" => is_link(value),
        "src" => element == "img" && is_inside(value),
        "style" => is_style(value),
        _ => ATTRIBUTES.contains(&name),
    };
    (harmless && !value.contains('<')).then_some(after)
}

/// The scheme before the first colon; `None` for a relative link. Written with entities it is no link of ours.
fn scheme(value: &str) -> Result<Option<String>, ()> {
    if value.contains("&#") || value.to_ascii_lowercase().contains("&colon") {
        return Err(());
    }
    let before = value.split(['/', '?', '#']).next().unwrap_or_default();
    Ok(before.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase()))
}

fn is_link(value: &str) -> bool {
    scheme(value).is_ok_and(|scheme| scheme.is_none_or(|s| SCHEMES.contains(&s.as_str())))
}

fn is_inside(value: &str) -> bool {
    let relative = || scheme(value) == Ok(None) && !value.trim_start().starts_with(['/', '\\']);
    value.starts_with("data:image/") && !value.starts_with("data:image/svg") || relative()
}

fn is_style(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    !["url", "expression", "import", "script", "\\", "/*", "&", "behavior", "binding"]
        .iter()
        .any(|bad| value.contains(bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_27_what_could_run_or_fetch_is_refused() {
        let inside =
            |html: &str| is_safe(&format!(r#"<div xmlns="http://www.w3.org/1999/xhtml">{html}</div>"#));
        for good in [
            "tekst",
            "<p>a<br/>b</p>",
            r#"<a href="https://example.org/x">x</a>"#,
            r##"<a href="#top">x</a>"##,
            r##"<img src="#foto"/>"##,
            r#"<img src="data:image/png;base64,QQ==" alt="x"/>"#,
            r#"<p style="color: red">x</p>"#,
            "<!-- c --><b>x</b>",
            "a &lt; b",
            r#"<table class="x"><tr><td colspan='2'>x</td></tr></table>"#,
        ] {
            assert!(inside(good), "{good}");
        }
        for bad in [
            "<script>x</script>",
            r#"<p onclick="x">x</p>"#,
            r#"<p ONCLICK="x">x</p>"#,
            r#"<a href="javascript:x">x</a>"#,
            r#"<a href=" JaVaScRiPt:x">x</a>"#,
            r#"<a href="java&#115;cript:x">x</a>"#,
            r#"<a href="javascript&colon;x">x</a>"#,
            "<a href=\"java\tscript:x\">x</a>",
            r#"<img src="https://elsewhere/x.png"/>"#,
            r#"<img src="//elsewhere/x.png"/>"#,
            r#"<img src="data:text/html,x"/>"#,
            r#"<img src="data:image/svg+xml,x"/>"#,
            "<iframe>x</iframe>",
            "<p>x",
            "</p>",
            "<b><i>x</b></i>",
            r#"<p style="background:url(x)">x</p>"#,
            "<!DOCTYPE x>",
            "<?x?>",
            "<p x>y</p>",
            "<p class=x>y</p>",
            "<p",
            "<!-- x",
            r#"<form action="x">x</form>"#,
            r#"<p class="x"id="y">z</p>"#,
        ] {
            assert!(!inside(bad), "{bad}");
        }
        for bad in ["&nbsp;", "a & b", r#"<p class="a" class="b">x</p>"#, "<!-- a -- b -->", "\u{7}"] {
            assert!(!inside(bad), "{bad}");
        }
        for bad in
            ["", "tekst", "<p>x</p>", "<div>a</div><div>b</div>", "x<div>a</div>", "<div/>", "<div>a</div>x"]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn a_narrative_shows_something() {
        assert!(has_content("<div>x</div>") && has_content(r##"<div><img src="#a"/></div>"##));
        assert!(!has_content("<div> <p/> </div>"));
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(html in "(<|>|/|div|p|=|\"|'|&#|!--|-->|[ a-zé]){0,40}") {
            let _ = (is_safe(&html), has_content(&html));
        }
    }
}

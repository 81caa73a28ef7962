//! XML to JSON: the prolog, resources, and what stands between the tags.

use gateway_core::json::MAX_DEPTH;
use gateway_core::{Issue, IssueCode};
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::findings::Findings;
use super::text::{self, Flaw};
use super::{FHIR, XHTML};
use crate::r4::{Shape, r4};

/// The longest body that is read, whatever a door allows.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Most namespaces that may be declared at one place.
const MOST_NAMESPACES: usize = 32;

/// Reading cannot go on; why is noted among the findings.
pub(super) struct Stop;

/// The namespace of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    None,
    Fhir,
    Xhtml,
    Other,
}

impl Space {
    pub(super) fn of(resolved: &ResolveResult<'_>) -> Self {
        match resolved {
            ResolveResult::Unbound => Self::None,
            ResolveResult::Bound(space) if space.0 == FHIR => Self::Fhir,
            ResolveResult::Bound(space) if space.0 == XHTML => Self::Xhtml,
            ResolveResult::Bound(_) | ResolveResult::Unknown(_) => Self::Other,
        }
    }
}

/// An opening tag.
pub(super) struct Tag<'x> {
    pub(super) start: BytesStart<'x>,
    pub(super) space: Space,
    /// `<a/>`: nothing stands in it.
    pub(super) empty: bool,
}

impl Tag<'_> {
    pub(super) fn name(&self) -> &str {
        self.start.name().into_inner().rsplit(':').next().unwrap_or_default()
    }
}

/// What comes next inside an element.
pub(super) enum Next<'x> {
    Open(Tag<'x>),
    Close,
}

/// One body being read.
pub(super) struct Reading<'x> {
    pub(super) text: &'x str,
    pub(super) reader: NsReader<&'x [u8]>,
    pub(super) findings: Findings,
    /// Levels of JSON around the place reading stands at.
    pub(super) depth: usize,
}

/// The JSON text of a resource in XML. `charset` is the one that `Content-Type` names.
///
/// # Errors
/// Every issue found; reading goes on after a mistake unless the text is not well formed.
pub fn from_xml(bytes: &[u8], charset: Option<&str>) -> Result<String, Vec<Issue>> {
    let text = decoded(bytes, charset).map_err(|issue| vec![issue])?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.resolver_mut().set_max_namespace_bindings(MOST_NAMESPACES);
    let mut reading = Reading { text, reader, findings: Findings::default(), depth: 0 };
    let mut out = String::with_capacity(text.len());
    // why it stopped is among the findings
    drop(reading.document(&mut out));
    reading.findings.answer(out)
}

fn decoded<'b>(bytes: &'b [u8], charset: Option<&str>) -> Result<&'b str, Issue> {
    if charset.is_some_and(|charset| !is_utf8(charset)) {
        return Err(Issue::error(IssueCode::NotSupported, "only the charset utf-8 is read here"));
    }
    if bytes.len() > MAX_BYTES {
        return Err(Issue::error(IssueCode::TooLong, format!("the body is longer than {MAX_BYTES} bytes")));
    }
    let not_utf8 = |offset| {
        let text = format!("the body is not valid UTF-8 (first bad byte at offset {offset})");
        Issue::error(IssueCode::Structure, text)
    };
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(error.valid_up_to()))?;
    if text.starts_with('\u{feff}') {
        return Err(Issue::error(IssueCode::Structure, "the body must not begin with a byte order mark"));
    }
    Ok(text)
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8")
}

impl<'x> Reading<'x> {
    fn document(&mut self, out: &mut String) -> Result<(), Stop> {
        if let Some(root) = self.prolog()? {
            self.resource(&root, out)?;
        }
        loop {
            match self.event()?.1 {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Comment(_) => {}
                Event::PI(_) => self.flaw(Flaw::Instruction),
                _ => return Err(self.not_well_formed()),
            }
        }
    }

    /// Everything before the root element, and its tag.
    fn prolog(&mut self) -> Result<Option<Tag<'x>>, Stop> {
        loop {
            let at = self.reader.buffer_position();
            match self.event()? {
                (_, Event::Decl(declaration)) if at == 0 => self.declaration(&declaration),
                (_, Event::DocType(_)) => return Err(self.doctype()),
                (_, Event::PI(_)) => self.flaw(Flaw::Instruction),
                (_, Event::Text(text)) if text.trim().is_empty() => {}
                (_, Event::Comment(_)) => {}
                (space, Event::Start(start)) => return Ok(Some(Tag { start, space, empty: false })),
                (space, Event::Empty(start)) => return Ok(Some(Tag { start, space, empty: true })),
                _ => return Err(self.not_well_formed()),
            }
        }
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>) {
        let version = declaration.version().is_ok_and(|version| version == "1.0");
        let encoding = declaration.encoding();
        let encoding = encoding.is_none_or(|encoding| encoding.is_ok_and(|name| is_utf8(&name)));
        if !version || !encoding {
            self.findings.add(IssueCode::NotSupported, "must be XML 1.0 in UTF-8");
        }
    }

    /// A resource: its tag is read, the rest is not.
    pub(super) fn resource(&mut self, tag: &Tag<'x>, out: &mut String) -> Result<(), Stop> {
        let Some(shape) = self.resource_shape(tag) else { return self.skip(tag) };
        let outermost = self.depth == 0;
        if outermost {
            self.findings.enter(shape.path, None);
        }
        self.attributes(tag, &[])?;
        out.push_str("{\"resourceType\":\"");
        out.push_str(shape.path);
        out.push('"');
        self.depth += 1;
        if !tag.empty {
            self.members(shape, out)?;
        }
        self.depth -= 1;
        out.push('}');
        if outermost {
            self.findings.leave();
        }
        Ok(())
    }

    fn resource_shape(&mut self, tag: &Tag<'x>) -> Option<&'static Shape> {
        let shape = r4().find(tag.name()).filter(|shape| shape.is_resource());
        if tag.space != Space::Fhir {
            self.findings
                .add(IssueCode::Structure, "must be a resource in the namespace http://hl7.org/fhir");
            return None;
        }
        if shape.is_none() {
            if r4().is_resource_type(tag.name()) {
                let rest = "is a resource of a type that is not read as XML here; send JSON";
                self.findings.add(IssueCode::NotSupported, rest);
            } else {
                self.findings.add(IssueCode::Invalid, "must be a resource of R4");
            }
        }
        shape
    }

    /// The one resource inside `contained`, `Bundle.entry.resource` and the like.
    pub(super) fn wrapped(&mut self, tag: &Tag<'x>, out: &mut String) -> Result<(), Stop> {
        self.attributes(tag, &[])?;
        let mut found = false;
        if !tag.empty {
            while let Next::Open(inner) = self.next()? {
                if found {
                    self.findings.add(IssueCode::Structure, "must hold one resource only");
                    self.skip(&inner)?;
                } else {
                    self.resource(&inner, out)?;
                }
                found = true;
            }
        }
        if !found {
            self.findings.add(IssueCode::Structure, "must hold a resource");
        }
        Ok(())
    }

    /// Whether this many more levels of JSON fit; notes it when they do not.
    pub(super) fn fits(&mut self, levels: usize) -> bool {
        let fits = self.depth + levels <= MAX_DEPTH;
        if !fits {
            let text = || format!("the body is nested deeper than {MAX_DEPTH} levels");
            self.findings.sentence(IssueCode::Structure, text);
        }
        fits
    }

    /// The next tag inside the element that is open; comments and white space do not count.
    pub(super) fn next(&mut self) -> Result<Next<'x>, Stop> {
        loop {
            match self.event()? {
                (space, Event::Start(start)) => return Ok(Next::Open(Tag { start, space, empty: false })),
                (space, Event::Empty(start)) => return Ok(Next::Open(Tag { start, space, empty: true })),
                (_, Event::End(_)) => return Ok(Next::Close),
                (_, Event::Comment(_)) => {}
                (_, Event::Text(text)) if text.trim().is_empty() => {}
                (_, Event::PI(_)) => self.flaw(Flaw::Instruction),
                (_, Event::GeneralRef(name)) if text::referred(&name) == Err(Flaw::Entity) => {
                    self.flaw(Flaw::Entity);
                }
                (_, Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)) => {
                    self.findings.add(IssueCode::Structure, "must not hold text beside its elements");
                }
                (_, Event::DocType(_)) => return Err(self.doctype()),
                (_, Event::Decl(_) | Event::Eof) => return Err(self.not_well_formed()),
            }
        }
    }

    /// Leaves out all that stands in an element that is not understood.
    pub(super) fn skip(&mut self, tag: &Tag<'x>) -> Result<(), Stop> {
        if !tag.empty && self.reader.read_to_end(tag.start.name()).is_err() {
            return Err(self.not_well_formed());
        }
        Ok(())
    }

    pub(super) fn event(&mut self) -> Result<(Space, Event<'x>), Stop> {
        let read = self.reader.read_resolved_event().map(|(space, event)| (Space::of(&space), event));
        read.map_err(|_| self.not_well_formed())
    }

    pub(super) fn flaw(&mut self, flaw: Flaw) {
        self.findings.add(IssueCode::Structure, flaw.says());
    }

    pub(super) fn doctype(&mut self) -> Stop {
        self.findings.sentence(IssueCode::Structure, || "a DOCTYPE is not read here".to_owned());
        Stop
    }

    /// Notes where the text stops being XML, never what stands there.
    pub(super) fn not_well_formed(&mut self) -> Stop {
        let at = self.reader.error_position().max(self.reader.buffer_position());
        let before = usize::try_from(at).ok().and_then(|at| self.text.get(..at)).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let text = || format!("the body is not well-formed XML at line {line}, column {column}");
        self.findings.sentence(IssueCode::Structure, text);
        Stop
    }
}

//! The part of FHIRPath that a path of a patch may use.
//!
//! ```text
//! path   = [ type "." ] step { "." step }           type: the resource's own, Resource or DomainResource
//! step   = name [ "[" digits "]" ]                  an element by its name in R4: deceased, not deceasedBoolean
//!        | "where(" test { "and" test } ")" | "first()" | "last()" | "extension('" url "')" | "ofType(" type ")"
//! test   = name { "." name } "=" ( 'text' | number | true | false )
//! ```
//!
//! Anything else is refused, never guessed at.

/// What is said of a path that cannot be read.
pub(super) const OFFERED: &str = "the path must be element names with [n], where(element = 'value' and ..), first(), last(), \
     extension('url') or ofType(type)";

/// Steps on the way to an element; nothing in JSON here lies deeper.
const MOST_STEPS: usize = 64;

/// A path that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// The type it starts with, when it names one.
    pub(super) root: Option<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Element(String),
    Index(usize),
    Last,
    Where(Vec<Test>),
    OfType(String),
}

/// `use = 'official'`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) path: Vec<String>,
    pub(super) literal: Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Number(String),
    Bool(bool),
}

impl Path {
    /// Reads a path; `None` for what is not offered.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut cursor = Cursor { rest: text.trim() };
        let mut path = Self { root: None, steps: Vec::new() };
        let first = cursor.name()?;
        if first.starts_with(|c: char| c.is_ascii_uppercase()) {
            path.root = Some(first.to_owned());
        } else {
            cursor.step(first, &mut path.steps)?;
        }
        while !cursor.rest.is_empty() {
            if cursor.takes("[") {
                path.steps.push(Step::Index(cursor.digits()?.parse().ok()?));
                cursor.takes("]").then_some(())?;
            } else {
                cursor.takes(".").then_some(())?;
                let name = cursor.name()?;
                cursor.step(name, &mut path.steps)?;
            }
        }
        let indexed_root = matches!((&path.root, path.steps.first()), (Some(_), Some(Step::Index(_))));
        (path.steps.len() <= MOST_STEPS && !indexed_root).then_some(path)
    }

    /// The path of a list: what is before the name, and the name it ends with.
    pub(super) fn list(&self) -> Option<(Self, &str)> {
        let (last, before) = self.steps.split_last()?;
        let Step::Element(name) = last else { return None };
        Some((Self { root: self.root.clone(), steps: before.to_vec() }, name))
    }
}

struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn takes(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest;
        true
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn run(&mut self, of: impl Fn(char) -> bool) -> &'t str {
        let (run, rest) = self.rest.split_at(self.rest.find(|c| !of(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        run
    }

    fn name(&mut self) -> Option<&'t str> {
        let name = self.run(|c| c.is_ascii_alphanumeric());
        name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
    }

    fn digits(&mut self) -> Option<&'t str> {
        let digits = self.run(|c| c.is_ascii_digit());
        (!digits.is_empty()).then_some(digits)
    }

    /// What a name stands for, with the brackets behind it.
    fn step(&mut self, name: &str, steps: &mut Vec<Step>) -> Option<()> {
        if !self.takes("(") {
            steps.push(Step::Element(name.to_owned()));
            return Some(());
        }
        self.blank();
        match name {
            "first" => steps.push(Step::Index(0)),
            "last" => steps.push(Step::Last),
            "where" => steps.push(Step::Where(self.tests()?)),
            "ofType" => {
                self.takes("FHIR.");
                steps.push(Step::OfType(self.name()?.to_owned()));
            }
            "extension" => {
                let test = Test { path: vec!["url".to_owned()], literal: Literal::Text(self.string()?) };
                steps.extend([Step::Element("extension".to_owned()), Step::Where(vec![test])]);
            }
            _ => return None,
        }
        self.blank();
        self.takes(")").then_some(())
    }

    fn tests(&mut self) -> Option<Vec<Test>> {
        let mut tests = vec![self.test()?];
        loop {
            self.blank();
            if !self.takes("and") {
                return Some(tests);
            }
            tests.push(self.test()?);
        }
    }

    fn test(&mut self) -> Option<Test> {
        self.blank();
        let mut path = vec![self.name()?.to_owned()];
        while self.takes(".") {
            path.push(self.name()?.to_owned());
        }
        self.blank();
        self.takes("=").then_some(())?;
        self.blank();
        let literal = match self.rest.chars().next()? {
            '\'' => Literal::Text(self.string()?),
            c if c == '-' || c.is_ascii_digit() => Literal::Number(self.number()?),
            _ => match self.name()? {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                _ => return None,
            },
        };
        Some(Test { path, literal })
    }

    fn number(&mut self) -> Option<String> {
        let sign = if self.takes("-") { "-" } else { "" };
        let mut number = format!("{sign}{}", self.digits()?);
        if self.takes(".") {
            number.push('.');
            number.push_str(self.digits()?);
        }
        Some(number)
    }

    /// A text between single quotes, with FHIRPath's escapes.
    fn string(&mut self) -> Option<String> {
        self.takes("'").then_some(())?;
        let mut out = String::new();
        loop {
            let mut chars = self.rest.chars();
            let c = chars.next()?;
            self.rest = chars.as_str();
            match c {
                '\'' => return Some(out),
                '\\' => out.push(self.escaped()?),
                c => out.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(match c {
            '\'' | '"' | '`' | '\\' | '/' => c,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            'u' => {
                let code: String = self.rest.chars().take(4).collect();
                self.rest = self.rest.get(code.len()..)?;
                (code.len() == 4)
                    .then(|| u32::from_str_radix(&code, 16).ok())
                    .flatten()
                    .and_then(char::from_u32)?
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;

//! JSON whose members keep their order, and may repeat: what the vendor's examples look like, and what a spoilt answer
//! needs. A map of `serde_json` has neither.

use std::fmt::Write;

use crate::switches::Layout;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Flag(bool),
    Number(i64),
    Text(String),
    /// JSON text that is passed on as it is.
    Raw(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// `null` for nothing.
    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// Its text.
    pub(crate) fn print(&self, layout: Layout) -> String {
        let mut out = String::new();
        self.write(&mut out, layout);
        out
    }

    fn write(&self, out: &mut String, layout: Layout) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(number) => write!(out, "{number}").expect("a String takes what it is given"),
            Self::Text(text) => quote(text, out),
            Self::Raw(raw) => out.push_str(raw),
            Self::List(items) => row(out, ['[', ']'], items, layout, |item, out| item.write(out, layout)),
            Self::Object(members) => row(out, ['{', '}'], members, layout, |(name, value), out| {
                quote(name, out);
                out.push_str(if layout == Layout::Lines { ": " } else { ":" });
                value.write(out, layout);
            }),
        }
    }
}

fn row<T>(
    out: &mut String,
    [open, close]: [char; 2],
    parts: &[T],
    layout: Layout,
    write: impl Fn(&T, &mut String),
) {
    let line = if layout == Layout::Lines && !parts.is_empty() { "\n" } else { "" };
    out.push(open);
    for (nth, part) in parts.iter().enumerate() {
        out.push_str(if nth > 0 { "," } else { "" });
        out.push_str(line);
        write(part, out);
    }
    out.push_str(line);
    out.push(close);
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_may_repeat() {
        let value = Json::object([
            ("b", Json::List(vec![Json::Number(1), Json::Null])),
            ("a", Json::text("x \"y\"\n")),
            ("b", Json::Object(Vec::new())),
        ]);
        assert_eq!(value.print(Layout::Compact), r#"{"b":[1,null],"a":"x \"y\"\n","b":{}}"#);
        assert_eq!(
            value.print(Layout::Lines),
            "{\n\"b\": [\n1,\nnull\n],\n\"a\": \"x \\\"y\\\"\\n\",\n\"b\": {}\n}"
        );
    }
}

//! The corpus, and mutations of it, through every target.

use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;

const TARGETS: [&str; 4] = ["json", "xml", "search", "patch"];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(folder).expect("a folder per target");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).expect("it can be read")).collect()
}

#[test]
fn every_file_of_the_corpus_holds() {
    for name in TARGETS {
        let target = fuzz_targets::target(name).expect("it is there");
        let files = corpus(name);
        assert!(files.len() >= 5, "{name} has {} files", files.len());
        for file in &files {
            target(file);
        }
    }
}

/// What a fuzzer does to bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<usize>;
    let words = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "null",
        "true",
        "-0",
        "1e999",
        "\\u0000",
        "\\ud800",
        "é",
        "<",
        ">",
        "&amp;",
        "<!--",
        "]]>",
        "?",
        "&",
        "=",
        "|",
        "\\",
        "%",
        "%00",
        "+",
        ":not",
        ":missing",
        ".",
        "$",
        "_has:",
        "ge",
        "xmlns",
        "/",
        "~1",
        "/0",
        "/-",
        "[0]",
        ".where(use='x')",
    ]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at(), words).prop_map(|(at, word)| Mutation::Insert(at, word.as_bytes().to_vec())),
        (at(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at(), 1..40usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (at(), 1..40usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        at().prop_map(Mutation::Cut),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: usize, room: usize| if room == 0 { 0 } else { at % room };
        match self {
            Self::Set(at, byte) if !bytes.is_empty() => {
                let at = place(*at, bytes.len());
                bytes[at] = *byte;
            }
            Self::Set(..) => {}
            Self::Insert(at, more) => {
                let at = place(*at, bytes.len() + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = place(*at, bytes.len() + 1);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Repeat(at, length) => {
                let at = place(*at, bytes.len() + 1);
                let again = bytes[at..bytes.len().min(at + length)].to_vec();
                bytes.splice(at..at, again);
            }
            Self::Cut(at) => bytes.truncate(place(*at, bytes.len() + 1)),
        }
    }
}

fn mutated(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(corpus(name)), vec(mutation(), 1..6)).prop_map(|(mut bytes, mutations)| {
        for mutation in &mutations {
            mutation.apply(&mut bytes);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_taken_or_refused(bytes in mutated("json")) {
        fuzz_targets::json(&bytes);
    }

    #[test]
    fn any_xml_is_taken_or_refused(bytes in mutated("xml")) {
        fuzz_targets::xml(&bytes);
    }

    #[test]
    fn any_search_is_understood_or_refused(bytes in mutated("search")) {
        fuzz_targets::search(&bytes);
    }

    #[test]
    fn any_patch_makes_another_content_of_the_same_resource_or_is_refused(bytes in mutated("patch")) {
        fuzz_targets::patch(&bytes);
    }
}

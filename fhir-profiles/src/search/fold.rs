//! Text as it is compared: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::LONGEST;

/// Lower case, accents off, punctuation as blanks, single blanks; a text of punctuation only stays.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'ĳ' => out.push_str("ij"),
            'ı' => out.push('i'),
            c if c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '’' | '‘' | '–' | '—') => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    let folded = out.trim_end();
    if folded.is_empty() { text.trim().to_owned() } else { folded.to_owned() }
}

/// The text as written, in one Unicode form, so that what looks the same is the same.
pub(crate) fn exact(text: &str) -> String {
    text.nfc().collect()
}

/// Each ending of a folded text that begins with a word: surnames are looked for without their prefix.
pub(crate) fn endings(folded: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folded), |rest| rest.split_once(' ').map(|(_, ending)| ending))
}

/// A folded surname as it is filed: without the prefix it begins with (`dutch-fhir.md` section 6, case 18).
pub(crate) fn filed(folded: &str) -> &str {
    endings(folded)
        .find(|ending| !PREFIXES.contains(&ending.split(' ').next().unwrap_or_default()))
        .unwrap_or(folded)
}

/// The words that prefixes of surnames are made of, folded.
const PREFIXES: &[&str] = &[
    "a", "aan", "af", "al", "am", "auf", "aus", "bij", "d", "da", "dal", "de", "degli", "dei", "del",
    "della", "den", "der", "des", "di", "die", "do", "don", "dos", "du", "el", "het", "i", "im", "in", "l",
    "la", "las", "le", "les", "lo", "los", "of", "onder", "op", "over", "s", "t", "te", "ten", "ter", "tot",
    "uit", "van", "vanden", "vom", "von", "voor", "vor", "zu", "zum", "zur",
];

/// A Dutch postal code without its blank, also when its letters are not all there (`dutch-fhir.md` section 1.3).
pub(crate) fn postcode(folded: &str) -> Option<String> {
    let joined: String = folded.chars().filter(|c| *c != ' ').collect();
    let (digits, letters) = joined.split_at_checked(4)?;
    let shaped = !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
        && letters.len() <= 2
        && letters.bytes().all(|b| b.is_ascii_lowercase());
    (shaped && folded.split(' ').count() <= 2).then_some(joined)
}

/// What the index holds of a text: one character more than may be asked for, so that a cut text equals no question.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST + 1).collect() }
}

/// A telephone number as `+` and digits, an address in lower case.
pub(crate) fn contact(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let other =
        text.chars().any(|c| !c.is_ascii_digit() && !matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/'));
    if digits.is_empty() || other {
        return text.trim().to_lowercase();
    }
    match digits.strip_prefix("00").or_else(|| text.trim().strip_prefix('+').map(|_| digits.as_str())) {
        Some(international) => format!("+{international}"),
        None => match digits.strip_prefix('0') {
            Some(national) => format!("+31{national}"),
            None => digits,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_18_23_case_accents_and_punctuation_do_not_count() {
        for (text, folded) in [
            ("'t Hart", "t hart"),
            ("D’Arcy", "d arcy"),
            ("de Vries-van Dam", "de vries van dam"),
            ("Zoë  Çelik", "zoe celik"),
            ("Zoe\u{308}", "zoe"),
            ("Ĳsbrand Ørsted", "ijsbrand orsted"),
            ("👩‍👩‍👧", "👩‍👩‍👧"),
            ("---", "---"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_eq!(endings("de vries van").collect::<Vec<_>>(), ["de vries van", "vries van", "van"]);
        assert_eq!(exact("Zoe\u{308}"), "Zoë");
    }

    #[test]
    fn a_telephone_number_has_one_form() {
        for text in ["06 12345678", "+31 6 1234 5678", "0031612345678", "06-12345678", "(06) 12345678"] {
            assert_eq!(contact(text), "+31612345678", "{text}");
        }
        assert_eq!(contact(" Test@Example.ORG "), "test@example.org");
        assert_eq!(contact("112"), "112");
    }

    #[test]
    fn case_18_a_surname_is_filed_without_its_prefix() {
        for (text, filed_as) in [
            ("'t Hart", "hart"),
            ("van den Berg", "berg"),
            ("de Vries-van Dam", "vries van dam"),
            ("d'Arcy", "arcy"),
            ("O'Neill", "o neill"),
            ("in 't Veld", "veld"),
            ("De La", "de la"),
            ("Jansen", "jansen"),
        ] {
            assert_eq!(filed(&fold(text)), filed_as, "{text}");
        }
    }

    #[test]
    fn case_92_a_postal_code_has_one_form() {
        for (text, code) in [
            ("1234 AB", Some("1234ab")),
            ("1234ab", Some("1234ab")),
            ("1234", Some("1234")),
            ("1234 a", Some("1234a")),
        ] {
            assert_eq!(postcode(&fold(text)).as_deref(), code, "{text}");
        }
        for text in ["0123 AB", "123", "1234 abc", "12 34 ab", "abcd ef", "B 1000"] {
            assert_eq!(postcode(&fold(text)), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".{0,40}") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }
    }
}

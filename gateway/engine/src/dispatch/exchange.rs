//! The exchange log of an attempt as JSON text, in the form the store keeps (encrypted) and a console reads:
//! `{"exchanges":[{"at","tookMs","method","address","status","request","response"}]}`, bodies in base64.

use std::fmt::Write as _;

use adapter_kit::Exchange;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_core::instant_text;
use gateway_core::json::quoted;

/// The text, or nothing when nothing went over the wire.
pub(crate) fn text(exchanges: &[Exchange]) -> Option<Vec<u8>> {
    if exchanges.is_empty() {
        return None;
    }
    let members: Vec<_> = exchanges.iter().map(member).collect();
    Some(format!("{{\"exchanges\":[{}]}}", members.join(",")).into_bytes())
}

fn member(exchange: &Exchange) -> String {
    let mut text = format!(
        "{{\"at\":\"{}\",\"tookMs\":{},\"method\":{},\"address\":{}",
        instant_text(exchange.at),
        exchange.took.as_millis(),
        quoted(&exchange.method),
        quoted(&exchange.address)
    );
    if let Some(status) = exchange.status {
        write!(text, ",\"status\":{status}").expect("writing to a String cannot fail");
    }
    let (request, response) = (STANDARD.encode(&exchange.request), STANDARD.encode(&exchange.response));
    write!(text, ",\"request\":\"{request}\",\"response\":\"{response}\"}}")
        .expect("writing to a String cannot fail");
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gateway_core::json::Document;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn an_exchange_can_be_read_back() {
        let exchange = Exchange {
            at: OffsetDateTime::UNIX_EPOCH,
            took: Duration::from_millis(12),
            method: "PUT".to_owned(),
            address: "https://x.test/\"".to_owned(),
            status: Some(200),
            request: b"{\"a\":1}".to_vec(),
            response: vec![0, 255],
        };
        let text = text(&[exchange.clone(), Exchange { status: None, ..exchange }]).unwrap();
        let document = Document::parse(&text).unwrap();
        let both: Vec<_> = document.root().get("exchanges").unwrap().items().collect();
        assert_eq!(both[0].text("address"), Some("https://x.test/\""));
        assert_eq!(both[0].get("status").unwrap().number(), Some("200"));
        assert_eq!(both[0].text("request"), Some("eyJhIjoxfQ=="));
        assert!(both[1].get("status").is_none());
    }

    #[test]
    fn silence_leaves_no_exchange() {
        assert_eq!(text(&[]), None);
    }
}

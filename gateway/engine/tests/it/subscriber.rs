//! A subscriber, played: a small web server on loopback that remembers what it hears and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Heard {
    /// The parameters of the status in a notification.
    pub(crate) fn status(&self, name: &str) -> Vec<Value> {
        let bundle: Value = serde_json::from_str(&self.body).unwrap();
        let all = bundle["entry"][0]["resource"]["parameter"].as_array().unwrap().clone();
        all.into_iter().filter(|one| one["name"] == name).collect()
    }

    /// What kind of notification it is.
    pub(crate) fn kind(&self) -> String {
        self.status("type")[0]["valueCode"].as_str().unwrap().to_owned()
    }

    /// The number of its event.
    pub(crate) fn number(&self) -> String {
        self.status("notification-event")[0]["part"][0]["valueString"].as_str().unwrap().to_owned()
    }
}

/// The subscriber.
pub(crate) struct Subscriber {
    pub(crate) origin: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Subscriber {
    /// Answers 200 until told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let answers: Arc<Mutex<VecDeque<&'static str>>> = Arc::default();
        let (kept, told) = (Arc::clone(&heard), Arc::clone(&answers));
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                let (kept, told) = (Arc::clone(&kept), Arc::clone(&told));
                tokio::spawn(async move {
                    let Some(heard) = hear(&mut line).await else { return };
                    kept.lock().unwrap().push(heard);
                    let answer = told.lock().unwrap().pop_front().unwrap_or("200 OK");
                    let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    line.write_all(text.as_bytes()).await.ok();
                });
            }
        });
        Self { origin, heard, answers }
    }

    /// The next answers, status line and more headers.
    pub(crate) fn answers(&self, next: &[&'static str]) {
        self.answers.lock().unwrap().extend(next);
    }

    /// What it heard since it was last asked.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

async fn hear(line: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = line.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: BTreeMap<_, _> = lines
            .filter_map(|one| one.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Some(Heard { method, path, headers, body: body.to_owned() });
        }
    }
}

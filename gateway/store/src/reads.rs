//! Reading single versions, many with one statement.
//!
//! A statement is a trip to the database and back, which costs more than finding a row. A few readers take what waits and
//! answer it with one statement; one that waits alone is read as it always was. A read that begins after a write was
//! acknowledged sees it, because its statement begins later still. A caller that hangs up is not read for, or not told.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use gateway_core::{Key, TenantId, Version};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::view::VersionRow;

/// At most so many versions share a statement: bounds the time until the first is answered.
const GROUP: usize = 128;

/// At most so many wait; more wait in front of the queue.
const QUEUE: usize = 1024;

/// A version that somebody wants to read; of none given, the current one.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) tenant: TenantId,
    pub(crate) key: Key,
    pub(crate) version: Option<i64>,
}

/// What was found, in the order it was wanted.
pub(crate) type Answers = Vec<Result<Option<VersionRow>, sqlx::Error>>;

/// A version of a group, with its place in it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Placed {
    n: i64,
    #[sqlx(flatten)]
    row: VersionRow,
}

/// The way to the readers.
pub(crate) struct Readers {
    asks: mpsc::Sender<Ask>,
}

struct Ask {
    wanted: Wanted,
    reply: oneshot::Sender<Result<Option<VersionRow>, sqlx::Error>>,
}

impl Readers {
    /// Starts `count` tasks that read with `read`; they end when this is dropped.
    pub(crate) fn start<R>(count: usize, read: R) -> Self
    where
        R: Fn(Vec<Wanted>) -> BoxFuture<'static, Answers> + Clone + Send + Sync + 'static,
    {
        let (asks, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..count {
            tokio::spawn(serve(Arc::clone(&waiting), read.clone()));
        }
        Self { asks }
    }

    /// Reads one version, with whoever else is reading.
    pub(crate) async fn read(
        &self,
        tenant: &TenantId,
        key: &Key,
        version: Option<Version>,
    ) -> Result<Option<VersionRow>, sqlx::Error> {
        let version = version.map(|version| i64::from(version.0));
        let wanted = Wanted { tenant: tenant.clone(), key: key.clone(), version };
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask { wanted, reply }).await.map_err(|_| sqlx::Error::PoolClosed)?;
        answer.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readers")
    }
}

async fn serve<R>(waiting: Arc<Mutex<mpsc::Receiver<Ask>>>, read: R)
where
    R: Fn(Vec<Wanted>) -> BoxFuture<'static, Answers>,
{
    loop {
        let mut asks = Vec::new();
        if waiting.lock().await.recv_many(&mut asks, GROUP).await == 0 {
            return;
        }
        let (wanted, replies): (Vec<_>, Vec<_>) =
            asks.into_iter().filter(|ask| !ask.reply.is_closed()).map(|ask| (ask.wanted, ask.reply)).unzip();
        if wanted.is_empty() {
            continue;
        }
        for (reply, answer) in replies.into_iter().zip(read(wanted).await) {
            // An error means that the caller hung up.
            reply.send(answer).ok();
        }
    }
}

/// Puts what a group's statement found where it was wanted; what was not found is not there.
pub(crate) fn placed(found: Vec<Placed>, count: usize) -> Answers {
    let mut answers: Answers = (0..count).map(|_| Ok(None)).collect();
    for Placed { n, row } in found {
        if let Some(answer) = usize::try_from(n).ok().and_then(|n| answers.get_mut(n)) {
            *answer = Ok(Some(row));
        }
    }
    answers
}

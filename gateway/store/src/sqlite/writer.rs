//! The one writer, and the commits its clients share.
//!
//! The writer takes what waits, runs each piece of work in a savepoint of one transaction, commits once and then
//! answers everybody: an answer means "on disk". A piece that fails takes back its own work only. A client that hangs
//! up has no influence: its work is either not begun or finished. Throughput follows the load, not the disk.
//!
//! Every statement is a trip to SQLite's own thread and back, which costs more than most statements do. Write sets are
//! therefore one piece of work together, whatever their number (`put.rs`).

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::put::{Asked, Puts};
use crate::StoreError;

/// At most so many pieces of work share a commit: bounds the time until the first is answered.
const GROUP: usize = 256;

/// At most so many wait; more wait in front of the queue.
const QUEUE: usize = 1024;

/// One piece of writing work.
pub(crate) type Work<T, E> =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send>;

/// The way to the writer task.
pub(crate) struct Writer {
    jobs: mpsc::Sender<Message>,
}

enum Message {
    Put(Asked),
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the task; it ends when the writer is closed or dropped.
    pub(crate) fn start(connection: SqliteConnection, commits: Arc<AtomicU64>) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(connection, waiting, commits));
        Self { jobs }
    }

    /// Runs `work` in the next group and answers when that is committed.
    pub(crate) async fn run<T, E>(&self, doing: &'static str, work: Work<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { doing, state: State::Waiting(work), reply });
        let gone = |()| E::from(StoreError::of(doing, sqlx::Error::PoolClosed));
        self.jobs.send(Message::Job(job)).await.map_err(|_| gone(()))?;
        answer.await.unwrap_or_else(|_| Err(gone(())))
    }

    /// Puts a write set into the next group. An error means that the store is closed.
    pub(super) async fn put(&self, asked: Asked) -> Result<(), ()> {
        self.jobs.send(Message::Put(asked)).await.map_err(|_| ())
    }

    /// Waits until everything that waits is done, then closes the connection.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Message::Close(done)).await.is_ok() {
            // An error means that the task is gone, which is what was asked for.
            closed.await.ok();
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

/// A piece of work of any type. The trait only hides the type.
pub(super) trait Job: Send {
    /// Whether anybody still waits for it.
    fn wanted(&self) -> bool;
    /// Does the work, all or nothing; whether it is to be kept. An error says that what was done cannot be taken back.
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, Result<bool, sqlx::Error>>;
    /// Tells its client how it ended.
    fn answer(self: Box<Self>, committed: bool);
}

struct Pending<T, E> {
    doing: &'static str,
    state: State<T, E>,
    reply: oneshot::Sender<Result<T, E>>,
}

enum State<T, E> {
    Waiting(Work<T, E>),
    Running,
    Done(Result<T, E>),
}

/// What `work` comes to; nothing when it panics: a bug in one piece must not take the writer away from everybody.
pub(super) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

impl<T, E> Job for Pending<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            connection.execute("SAVEPOINT job").await?;
            if let State::Waiting(work) = std::mem::replace(&mut self.state, State::Running)
                && let Some(result) = caught(work(connection)).await
            {
                self.state = State::Done(result);
            }
            let keep = matches!(self.state, State::Done(Ok(_)));
            // Going back fails when SQLite has rolled back everything itself (disk full); then all of the group is lost.
            let end = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
            connection.execute(end).await?;
            Ok(keep)
        })
    }

    fn answer(self: Box<Self>, committed: bool) {
        let answer = match self.state {
            State::Done(Err(error)) => Err(error),
            State::Done(Ok(value)) if committed => Ok(value),
            _ => Err(StoreError::group(self.doing).into()),
        };
        // An error means that the client hung up.
        self.reply.send(answer).ok();
    }
}

async fn serve(
    mut connection: SqliteConnection,
    mut waiting: mpsc::Receiver<Message>,
    commits: Arc<AtomicU64>,
) {
    let mut messages = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut messages, GROUP).await > 0 {
        // Those who are about to write come along.
        tokio::task::yield_now().await;
        while messages.len() < GROUP
            && let Ok(message) = waiting.try_recv()
        {
            messages.push(message);
        }
        let (mut jobs, mut puts, mut close_it): (Vec<Box<dyn Job>>, _, _) = (Vec::new(), Vec::new(), None);
        for message in messages.drain(..) {
            match message {
                Message::Put(asked) => puts.push(asked),
                Message::Job(job) => jobs.push(job),
                Message::Close(done) => close_it = Some(done),
            }
        }
        jobs.push(Box::new(Puts::new(puts)));
        group(&mut connection, jobs, &commits).await;
        if close_it.is_some() {
            return close(connection, close_it).await;
        }
    }
    close(connection, None).await;
}

async fn close(connection: SqliteConnection, done: Option<oneshot::Sender<()>>) {
    if let Err(error) = connection.close().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "The database was not closed cleanly");
    }
    if let Some(done) = done {
        done.send(()).ok();
    }
}

/// Does the work that is still wanted with one commit.
async fn group(connection: &mut SqliteConnection, mut jobs: Vec<Box<dyn Job>>, commits: &AtomicU64) {
    jobs.retain(|job| job.wanted());
    let mut outcome = Ok(Group::default());
    for job in &mut jobs {
        if let Ok(group) = outcome {
            outcome = one(connection, &mut **job, group).await;
        }
    }
    let committed = end(connection, outcome, commits).await;
    for job in jobs {
        job.answer(committed);
    }
}

/// How far a group has come.
#[derive(Default, Clone, Copy)]
struct Group {
    begun: bool,
    /// Pieces of work to be kept.
    kept: u64,
}

/// Runs one piece of work; what it did is kept or taken back.
async fn one(
    connection: &mut SqliteConnection,
    job: &mut dyn Job,
    mut group: Group,
) -> Result<Group, sqlx::Error> {
    if !group.begun {
        // IMMEDIATE: the write lock is taken before anything is read, so that what is read stays true.
        connection.execute("BEGIN IMMEDIATE").await?;
        group.begun = true;
    }
    group.kept += u64::from(job.run(connection).await?);
    Ok(group)
}

/// Commits; on an error takes everything back. Whether the group's work is on disk.
async fn end(
    connection: &mut SqliteConnection,
    outcome: Result<Group, sqlx::Error>,
    commits: &AtomicU64,
) -> bool {
    let result = match outcome {
        Ok(Group { begun: false, .. }) => return true,
        Ok(Group { kept: 0, .. }) => connection.execute("ROLLBACK").await.map(|_| 0),
        Ok(group) => connection.execute("COMMIT").await.map(|_| group.kept),
        Err(error) => Err(error),
    };
    match result {
        Ok(kept) => {
            commits.fetch_add(u64::from(kept > 0), Ordering::Relaxed);
            true
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A group of writes was not committed; its clients were told to try again"
            );
            // SQLite may have rolled back itself (disk full); then there is nothing left to roll back.
            connection.execute("ROLLBACK").await.ok();
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(n: i64) -> Work<i64, StoreError> {
        Box::new(move |on| {
            Box::pin(async move {
                let insert = sqlx::query("INSERT INTO t VALUES ($1)").bind(n).execute(&mut *on).await;
                insert.map(|_| n).map_err(|e| StoreError::of("inserting", e))
            })
        })
    }

    fn panics() -> Work<i64, StoreError> {
        Box::new(|on| {
            Box::pin(async move {
                sqlx::query("INSERT INTO t VALUES (99)").execute(on).await.unwrap();
                panic!("a bug")
            })
        })
    }

    fn all() -> Work<Vec<i64>, StoreError> {
        Box::new(|on| {
            Box::pin(async move {
                let all = sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(on).await;
                all.map_err(|e| StoreError::of("listing", e))
            })
        })
    }

    async fn writer() -> (Writer, Arc<AtomicU64>) {
        let mut on = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        on.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)").await.unwrap();
        let commits = Arc::new(AtomicU64::new(0));
        (Writer::start(on, commits.clone()), commits)
    }

    #[tokio::test]
    async fn a_piece_that_fails_or_panics_takes_back_its_own_work_only() {
        let (writer, commits) = writer().await;
        let run = |work| writer.run("testing", work);
        let (one, two, twice, bug, three) =
            tokio::join!(run(insert(1)), run(insert(2)), run(insert(1)), run(panics()), run(insert(3)));
        assert_eq!((one.unwrap(), two.unwrap(), three.unwrap()), (1, 2, 3));
        assert!(matches!(twice, Err(StoreError::Database { .. })));
        assert!(matches!(bug, Err(StoreError::Unavailable { .. })));
        assert_eq!(commits.load(Ordering::Relaxed), 1);
        assert_eq!(writer.run("testing", all()).await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn when_going_back_is_impossible_nobody_is_told_of_success() {
        let (writer, _) = writer().await;
        // What SQLite does by itself when the disk is full.
        let lost: Work<i64, StoreError> = Box::new(|on| {
            Box::pin(async move {
                on.execute("ROLLBACK").await.unwrap();
                Err(StoreError::Cursor)
            })
        });
        let run = |work| writer.run("testing", work);
        let (one, lost, two) = tokio::join!(run(insert(1)), run(lost), run(insert(2)));
        assert!(one.is_err() && lost.is_err() && two.is_err());
        assert!(writer.run("testing", all()).await.unwrap().is_empty());
        assert_eq!(run(insert(4)).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn closing_finishes_what_waits() {
        let (writer, commits) = writer().await;
        let work = writer.run("testing", insert(1));
        let (written, ()) = tokio::join!(work, writer.close());
        assert_eq!((written.unwrap(), commits.load(Ordering::Relaxed)), (1, 1));
        let late = writer.run("testing", insert(2)).await;
        assert!(matches!(late, Err(StoreError::Unavailable { .. })));
    }
}

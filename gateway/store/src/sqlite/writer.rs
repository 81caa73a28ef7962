//! The one writer, and the commits its clients share.
//!
//! The writer takes what waits, runs each piece of work in a savepoint of one transaction, commits once and then
//! answers everybody: an answer means "on disk". A piece that fails takes back its own work only. A client that hangs
//! up has no influence: its work is either not begun or finished. Throughput follows the load, not the disk.
//!
//! Every statement is a trip to SQLite's own thread and back, which costs more than most statements do. Work that is
//! done all the time therefore brings its savepoint along in its own batch of statements ([`Savepoint::Own`]).

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;

/// At most so many pieces of work share a commit: bounds the time until the first is answered.
const GROUP: usize = 256;

/// At most so many wait; more wait in front of the queue.
const QUEUE: usize = 1024;

/// One piece of writing work.
pub(crate) type Work<T, E> =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send>;

/// Who puts the savepoint around a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Savepoint {
    /// The writer.
    Around,
    /// The work: its first batch of statements sets the savepoint `own`, its last releases it; when it fails, `own` is
    /// left open.
    Own,
}

/// The way to the writer task.
pub(crate) struct Writer {
    jobs: mpsc::Sender<Message>,
}

enum Message {
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
    pub(crate) async fn run<T, E>(
        &self,
        doing: &'static str,
        savepoint: Savepoint,
        work: Work<T, E>,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { doing, savepoint, state: State::Waiting(work), reply });
        let gone = |()| E::from(StoreError::of(doing, sqlx::Error::PoolClosed));
        self.jobs.send(Message::Job(job)).await.map_err(|_| gone(()))?;
        answer.await.unwrap_or_else(|_| Err(gone(())))
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
trait Job: Send {
    /// Whether anybody still waits for it.
    fn wanted(&self) -> bool;
    /// Who makes it all or nothing.
    fn savepoint(&self) -> Savepoint;
    /// Does the work; whether it is to be kept.
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;
    /// Tells its client how it ended.
    fn answer(self: Box<Self>, committed: bool);
}

struct Pending<T, E> {
    doing: &'static str,
    savepoint: Savepoint,
    state: State<T, E>,
    reply: oneshot::Sender<Result<T, E>>,
}

enum State<T, E> {
    Waiting(Work<T, E>),
    Running,
    Done(Result<T, E>),
}

impl<T, E> Job for Pending<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn savepoint(&self) -> Savepoint {
        self.savepoint
    }

    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let State::Waiting(work) = std::mem::replace(&mut self.state, State::Running) else {
                return false;
            };
            // A bug in one piece of work must not take the writer away from everybody.
            let Ok(result) = AssertUnwindSafe(work(connection)).catch_unwind().await else {
                return false;
            };
            let keep = result.is_ok();
            self.state = State::Done(result);
            keep
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
    while let Some(message) = waiting.recv().await {
        let first = match message {
            Message::Job(job) => job,
            Message::Close(done) => return close(connection, Some(done)).await,
        };
        if let Some(done) = group(&mut connection, first, &mut waiting, &commits).await {
            return close(connection, Some(done)).await;
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

/// Does `first` and what waits behind it with one commit. Answers with the request to close, if one came.
async fn group(
    connection: &mut SqliteConnection,
    first: Box<dyn Job>,
    waiting: &mut mpsc::Receiver<Message>,
    commits: &AtomicU64,
) -> Option<oneshot::Sender<()>> {
    let mut jobs = Vec::new();
    let mut close = None;
    let mut next = Some(first);
    let mut outcome = Ok(Group::default());
    while let Some(mut job) = next.take() {
        if job.wanted() {
            if let Ok(group) = outcome {
                outcome = one(connection, &mut *job, group).await;
            }
            jobs.push(job);
        }
        if jobs.len() < GROUP {
            match waiting.try_recv() {
                Ok(Message::Job(job)) => next = Some(job),
                Ok(Message::Close(done)) => close = Some(done),
                Err(_) => {}
            }
        }
    }
    let committed = end(connection, outcome, commits).await;
    for job in jobs {
        job.answer(committed);
    }
    close
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
    let savepoint = job.savepoint();
    if savepoint == Savepoint::Around {
        connection.execute("SAVEPOINT job").await?;
    }
    let keep = job.run(connection).await;
    group.kept += u64::from(keep);
    // Going back fails when SQLite has rolled back everything itself (disk full); then all of the group is lost.
    match (keep, savepoint) {
        (true, Savepoint::Own) => {}
        (true, Savepoint::Around) => connection.execute("RELEASE job").await.map(drop)?,
        (false, Savepoint::Own) => connection.execute("ROLLBACK TO own; RELEASE own").await.map(drop)?,
        (false, Savepoint::Around) => connection.execute("ROLLBACK TO job; RELEASE job").await.map(drop)?,
    }
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
        let run = |work| writer.run("testing", Savepoint::Around, work);
        let (one, two, twice, bug, three) =
            tokio::join!(run(insert(1)), run(insert(2)), run(insert(1)), run(panics()), run(insert(3)));
        assert_eq!((one.unwrap(), two.unwrap(), three.unwrap()), (1, 2, 3));
        assert!(matches!(twice, Err(StoreError::Database { .. })));
        assert!(matches!(bug, Err(StoreError::Unavailable { .. })));
        assert_eq!(commits.load(Ordering::Relaxed), 1);
        assert_eq!(writer.run("testing", Savepoint::Around, all()).await.unwrap(), [1, 2, 3]);
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
        let run = |work| writer.run("testing", Savepoint::Around, work);
        let (one, lost, two) = tokio::join!(run(insert(1)), run(lost), run(insert(2)));
        assert!(one.is_err() && lost.is_err() && two.is_err());
        assert!(writer.run("testing", Savepoint::Around, all()).await.unwrap().is_empty());
        assert_eq!(run(insert(4)).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn closing_finishes_what_waits() {
        let (writer, commits) = writer().await;
        let work = writer.run("testing", Savepoint::Around, insert(1));
        let (written, ()) = tokio::join!(work, writer.close());
        assert_eq!((written.unwrap(), commits.load(Ordering::Relaxed)), (1, 1));
        let late = writer.run("testing", Savepoint::Around, insert(2)).await;
        assert!(matches!(late, Err(StoreError::Unavailable { .. })));
    }
}

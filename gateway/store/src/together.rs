//! Many callers, one piece of work: what waits is done together, by a few workers.
//!
//! A trip to the database costs more than most of what is done there, so that those who wait at the same time share one.
//! Who comes alone is served at once. A caller that hangs up harms nobody: what it asked is not begun, or done untold. A
//! bug in the work costs those who shared it their answer, and nobody else.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};

/// At most so many are served together: bounds the time until the first is answered.
const GROUP: usize = 128;

/// At most so many wait; more wait in front of the queue.
const QUEUE: usize = 1024;

/// The way to the workers: `Q` is asked, `A` answered.
pub(crate) struct Together<Q, A> {
    asks: mpsc::Sender<Ask<Q, A>>,
}

struct Ask<Q, A> {
    question: Q,
    reply: oneshot::Sender<A>,
}

impl<Q, A> Together<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    /// Starts `workers` tasks that answer with `work`, in the order asked; they end when this is dropped.
    pub(crate) fn start<W>(workers: usize, work: W) -> Self
    where
        W: Fn(Vec<Q>) -> BoxFuture<'static, Vec<A>> + Clone + Send + Sync + 'static,
    {
        let (asks, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..workers {
            tokio::spawn(serve(Arc::clone(&waiting), work.clone()));
        }
        Self { asks }
    }

    /// Asks, with whoever else is asking. Nothing is answered when the work broke down.
    pub(crate) async fn ask(&self, question: Q) -> Option<A> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask { question, reply }).await.ok()?;
        answer.await.ok()
    }
}

impl<Q, A> fmt::Debug for Together<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together")
    }
}

async fn serve<Q, A, W>(waiting: Arc<Mutex<mpsc::Receiver<Ask<Q, A>>>>, work: W)
where
    W: Fn(Vec<Q>) -> BoxFuture<'static, Vec<A>>,
{
    loop {
        let mut asks = Vec::new();
        let mut queue = waiting.lock().await;
        if queue.recv_many(&mut asks, GROUP).await == 0 {
            return;
        }
        // Those who are about to ask come along.
        tokio::task::yield_now().await;
        while asks.len() < GROUP
            && let Ok(ask) = queue.try_recv()
        {
            asks.push(ask);
        }
        drop(queue);
        let (questions, replies): (Vec<_>, Vec<_>) = asks
            .into_iter()
            .filter(|ask| !ask.reply.is_closed())
            .map(|ask| (ask.question, ask.reply))
            .unzip();
        if questions.is_empty() {
            continue;
        }
        let answers = AssertUnwindSafe(work(questions)).catch_unwind().await.unwrap_or_default();
        for (reply, answer) in replies.into_iter().zip(answers) {
            // An error means that the caller hung up.
            reply.send(answer).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubling() -> Together<u32, (u32, usize)> {
        Together::start(1, |questions: Vec<u32>| {
            async move {
                assert!(!questions.contains(&13), "a bug");
                questions.iter().map(|n| (n * 2, questions.len())).collect()
            }
            .boxed()
        })
    }

    #[tokio::test]
    async fn those_who_wait_are_served_together_and_each_gets_its_own_answer() {
        let together = doubling();
        let (one, two, three) = tokio::join!(together.ask(1), together.ask(2), together.ask(3));
        assert_eq!([one, two, three], [Some((2, 3)), Some((4, 3)), Some((6, 3))]);
        assert_eq!(together.ask(4).await, Some((8, 1)));
    }

    #[tokio::test]
    async fn a_bug_costs_its_group_the_answer_and_a_hang_up_nobody() {
        let together = doubling();
        let (one, bug) = tokio::join!(together.ask(1), together.ask(13));
        assert_eq!((one, bug), (None, None));
        assert!(together.ask(13).now_or_never().is_none(), "hung up before it was begun");
        assert_eq!(together.ask(5).await, Some((10, 1)));
    }
}

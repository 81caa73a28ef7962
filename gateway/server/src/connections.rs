//! Connections to the doors: how many, how slow they may be, and how they end.
//!
//! A client that dribbles its request head or body, or opens connections and says nothing, holds a place that others need.
//! Each connection has a time limit for the head of a request and one for every pause in a body; HTTP/2 connections are
//! asked whether they still live. `axum::serve` offers none of this, so the loop around hyper is ours.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::config::Server;

/// How long is waited when no connection can be taken, for instance because no file handle is left.
const BREATH: Duration = Duration::from_millis(100);

/// What a connection that speaks HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What connections must keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Open at once; more wait in the system's queue.
    connections: usize,
    /// From the first byte of a request, or its connection, to the end of its head.
    head: Duration,
    /// Between two parts of a body.
    body_pause: Duration,
}

impl Limits {
    /// What the configuration says.
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            connections: server.connections.max(1),
            head: Duration::from_secs(server.head_seconds.max(1)),
            body_pause: Duration::from_secs(server.body_pause_seconds.max(1)),
        }
    }
}

/// Answers requests until `stop`, then until each connection has finished the request it is at.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: &CancellationToken) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    while let Some(line) = next(&listener, stop).await {
        let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await else {
            break;
        };
        let (router, stop) = (router.clone(), stop.clone());
        open.spawn(async move {
            converse(line, router, limits, stop).await;
            drop(place);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// The next connection; `None` when it is time to stop.
async fn next(listener: &TcpListener, stop: &CancellationToken) -> Option<TcpStream> {
    loop {
        match stop.run_until_cancelled(listener.accept()).await? {
            Ok((line, _)) => return Some(line),
            Err(error) => {
                tracing::warn!(%error, "A connection could not be taken");
                stop.run_until_cancelled(tokio::time::sleep(BREATH)).await?;
            }
        }
    }
}

/// Answers what comes over one connection.
async fn converse(line: TcpStream, router: Router, limits: Limits, stop: CancellationToken) {
    // Answers are written whole; waiting for more to send would only cost time.
    if let Err(error) = line.set_nodelay(true) {
        tracing::debug!(%error, "A connection keeps waiting for more to send");
    }
    let begun = tokio::time::timeout(limits.head, begun(&line));
    if !matches!(stop.run_until_cancelled(begun).await, Some(Ok(Ok(())))) {
        return;
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.head).keep_alive_timeout(limits.head);
    let timed = RequestBodyTimeoutLayer::new(limits.body_pause).layer(router);
    let connection = builder.serve_connection(TokioIo::new(line), TowerToHyperService::new(timed));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that hangs up or is too slow is its own affair; what it sent is in the error of no log.
        tracing::debug!(error = &*error, "A connection broke off");
    }
}

/// Waits until a connection has shown which HTTP it speaks: hyper looks for that without a time limit of its own.
async fn begun(line: &TcpStream) -> std::io::Result<()> {
    let mut first = [0; PREFACE.len()];
    loop {
        let seen = line.peek(&mut first).await?;
        if seen == 0 || seen == first.len() || first[..seen] != PREFACE[..seen] {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
}

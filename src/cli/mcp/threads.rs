//! The threads of the server: one reads the client's lines, one runs tools, and the one that has
//! started them decides and writes.
//!
//! ```text
//! stdin --lines--> reader ---.                        .--> stdout
//!                            +--events--> session ----+
//! scan --progress--> tool ---'               |
//!                      ^                     |
//!                      '------- jobs --------'
//! ```
//! 1. A cancellation must be read while a scan runs. A scan calls nobody between two chunks that
//!    wait for a slow disk, and the standard input of Windows cannot be asked whether it has a
//!    line. So somebody has to wait for the next line and nothing else.
//! 2. Only the session has state. The threads share nothing but two bounded queues, so there is no
//!    lock. The reader waits while the session is busy, so a client that sends more than it reads
//!    fills its own pipe.
//! 3. The session waits for no tool: it hands a job over only when none is running. Progress that
//!    does not fit the queue is dropped.

use std::{
    io,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use logscan::{Progress, Stop, Workers};

use super::{
    tool::{Answer, ToolJob},
    wire::{ClientLine, next_line},
};

/// How many events may wait for the session.
const EVENTS_MAX: usize = 64;

/// The stack of a thread, as large as that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// What the session learns of the threads.
#[derive(Debug)]
pub(super) enum McpEvent {
    Line(ClientLine),
    /// The client has closed the standard input, or it cannot be read.
    InputEnded,
    /// The tool has read so many bytes, of so many, if that is known.
    Progress {
        done: u64,
        total: u64,
    },
    Answered(Answer),
}

/// The session's ends of the queues.
#[derive(Debug)]
pub(super) struct ServerThreads {
    events: Receiver<McpEvent>,
    jobs: SyncSender<(ToolJob, Arc<Stop>)>,
}

impl ServerThreads {
    /// Starts both threads.
    ///
    /// # Errors
    /// The error of the system if it has no more threads.
    pub(super) fn start(threads: usize) -> io::Result<ServerThreads> {
        let (sender, events) = sync_channel(EVENTS_MAX);
        let (jobs, next_job) = sync_channel(1);
        let of_reader = sender.clone();
        let builder = || thread::Builder::new().stack_size(STACK_BYTES);
        builder().spawn(move || read(&of_reader))?;
        builder().spawn(move || run_jobs(&next_job, &sender, threads))?;
        Ok(ServerThreads { events, jobs })
    }

    /// Waits for the next event. There is none only if the tool thread has ended, which it does not
    /// do before the session.
    pub(super) fn next_event(&self) -> Option<McpEvent> {
        self.events.recv().ok()
    }

    /// Begins a job, while none is running.
    pub(super) fn begin(&self, job: ToolJob, stop: Arc<Stop>) {
        self.jobs
            .send((job, stop))
            .expect("the tool thread waits for jobs as long as there is a session");
    }
}

fn read(events: &SyncSender<McpEvent>) {
    let mut stdin = io::stdin().lock();
    loop {
        let event = match next_line(&mut stdin) {
            Ok(Some(line)) => McpEvent::Line(line),
            Ok(None) | Err(_) => McpEvent::InputEnded,
        };
        let is_end = matches!(event, McpEvent::InputEnded);
        if events.send(event).is_err() || is_end {
            return;
        }
    }
}

fn run_jobs(jobs: &Receiver<(ToolJob, Arc<Stop>)>, events: &SyncSender<McpEvent>, threads: usize) {
    let workers = Workers::new(threads);
    while let Ok((job, stop)) = jobs.recv() {
        let sender = Mutex::new(events.clone());
        let progress = Progress::with_callback(move |counters| {
            tell_progress(&sender, || (counters.bytes_done(), counters.bytes_total()));
        });
        let answer = job.run(&workers, &progress.with_stop(stop));
        if events.send(McpEvent::Answered(answer)).is_err() {
            return;
        }
    }
}

/// Reads how far the tool is, done and total, and tells it. Workers call this at the same time. One
/// of them at a time reads and tells, so what was read first is told first, and a count that goes
/// back is that of the next input.
fn tell_progress(events: &Mutex<SyncSender<McpEvent>>, read: impl FnOnce() -> (u64, u64)) {
    if let Ok(events) = events.lock() {
        let (done, total) = read();
        // Whoever asked for progress gets the next one.
        let _ = events.try_send(McpEvent::Progress { done, total });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn the_progress_of_workers_side_by_side_is_told_in_order() {
        const WORKERS: usize = 4;
        const CHUNKS: usize = 2_000;
        let (sender, events) = sync_channel(WORKERS * CHUNKS);
        let sender = Mutex::new(sender);
        let done = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    for _ in 0..CHUNKS {
                        done.fetch_add(1, Ordering::Relaxed);
                        tell_progress(&sender, || (done.load(Ordering::Relaxed), 0));
                    }
                });
            }
        });
        let told: Vec<u64> = events
            .try_iter()
            .map(|event| match event {
                McpEvent::Progress { done, .. } => done,
                _ => unreachable!("nothing else is sent"),
            })
            .collect();
        assert_eq!(told.len(), WORKERS * CHUNKS);
        assert!(told.is_sorted(), "no count goes back");
    }
}

//! What workers hand over, without the lock of who claims.

use std::sync::mpsc::{Receiver, Sender, channel};

/// Who hands things over to one [`Taker`].
#[derive(Debug)]
pub(in crate::input) struct Giver<T>(Sender<T>);

/// Who takes what has been handed over.
#[derive(Debug)]
pub(in crate::input) struct Taker<T>(Receiver<T>);

/// The two ends of a new handover.
pub(in crate::input) fn handover<T>() -> (Giver<T>, Taker<T>) {
    let (sender, receiver) = channel();
    (Giver(sender), Taker(receiver))
}

impl<T> Clone for Giver<T> {
    fn clone(&self) -> Giver<T> {
        Giver(self.0.clone())
    }
}

impl<T> Giver<T> {
    /// Hands something over. It is dropped if nobody will take it any more, as when a scan has
    /// ended.
    pub(in crate::input) fn give(&self, thing: T) {
        let _ = self.0.send(thing);
    }
}

impl<T> Taker<T> {
    /// What has been handed over first, if anything has been.
    pub(in crate::input) fn take(&self) -> Option<T> {
        self.0.try_recv().ok()
    }

    /// The same, when something has been handed over.
    ///
    /// # Panics
    /// If there is no giver left.
    pub(in crate::input) fn wait(&self) -> T {
        self.0.recv().expect("somebody can still give")
    }
}

//! Hands things over between workers, without the lock under which they claim.

use std::sync::mpsc::{Receiver, Sender, channel};

/// The end that hands things over to one [`Taker`].
#[derive(Debug)]
pub(in crate::input) struct Giver<T>(Sender<T>);

/// The end that takes what has been handed over.
#[derive(Debug)]
pub(in crate::input) struct Taker<T>(Receiver<T>);

/// Returns the two ends of a new handover.
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
    /// Returns the oldest thing that has been handed over, if there is one.
    pub(in crate::input) fn take(&self) -> Option<T> {
        self.0.try_recv().ok()
    }

    /// Waits until something has been handed over, and returns it.
    ///
    /// # Panics
    /// If there is no giver left.
    pub(in crate::input) fn wait(&self) -> T {
        self.0.recv().expect("somebody can still give")
    }
}

//! Work shared between threads, item by item, with results in the order of the items.

#[cfg(feature = "cli")]
mod more;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What threads share. That one of them panicked while it held the lock ends the run elsewhere.
pub(crate) fn locked<T: ?Sized>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the work of a run is shared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads<'a> {
    /// How many threads; 0 means one for each processor.
    pub(crate) count: usize,
    /// Set from outside to end the work early; the results of some items are missing then.
    pub(crate) cancelled: &'a AtomicBool,
}

impl Threads<'_> {
    fn wanted(&self) -> usize {
        match self.count {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// Applies `work` to every item; results in the order of the items.
    pub(crate) fn share<I: Send, O: Send>(
        &self,
        items: Vec<I>,
        work: impl Fn(I) -> O + Sync,
    ) -> Vec<O> {
        let threads = self.wanted();
        let slots: Vec<Mutex<Option<I>>> = items
            .into_iter()
            .map(|item| Mutex::new(Some(item)))
            .collect();
        let next = AtomicUsize::new(0);
        let take = || {
            if self.cancelled.load(Ordering::Relaxed) {
                return None;
            }
            let index = next.fetch_add(1, Ordering::Relaxed);
            let slot = slots.get(index)?;
            let item = locked(slot).take()?;
            Some((index, item))
        };
        let worker = || -> Vec<(usize, O)> {
            std::iter::from_fn(|| take().map(|(index, item)| (index, work(item)))).collect()
        };
        let mut results = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads.min(slots.len()))
                .map(|_| scope.spawn(worker))
                .collect();
            let mut results = worker();
            for helper in helpers {
                match helper.join() {
                    Ok(more) => results.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        });
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

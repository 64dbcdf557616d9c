//! Work shared between threads, item by item, with results in the order of the items.

#[cfg(feature = "cli")]
mod more;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

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

impl Threads<'static> {
    /// Work that nobody ends early: every item has its result.
    pub(crate) fn to_the_end(count: usize) -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Self {
            count,
            cancelled: &NEVER,
        }
    }

    /// The thread that asks, and no other.
    pub(crate) fn alone() -> Self {
        Self::to_the_end(1)
    }

    /// The same threads if there are many functions to look at. One thread is done with a few before another
    /// has begun.
    pub(crate) fn for_functions(self, count: usize) -> Self {
        const MANY: usize = 256;
        match count < MANY {
            true => Self::alone(),
            false => self,
        }
    }
}

impl Threads<'_> {
    /// How many threads there will be at most.
    pub(crate) fn wanted(&self) -> usize {
        // On Linux, to ask means to read half a dozen files.
        static PROCESSORS: OnceLock<usize> = OnceLock::new();
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        match self.count {
            0 => *PROCESSORS.get_or_init(processors),
            threads => threads,
        }
    }

    /// Does both, at the same time if there is another thread.
    pub(crate) fn both<A, B: Send>(
        &self,
        one: impl FnOnce() -> A,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        if self.wanted() < 2 {
            return (one(), other());
        }
        std::thread::scope(|scope| {
            let other = scope.spawn(other);
            let one = one();
            match other.join() {
                Ok(other) => (one, other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// Applies `work` to every item; results in the order of the items.
    pub(crate) fn share<I: Send, O: Send>(
        &self,
        items: Vec<I>,
        work: impl Fn(I) -> O + Sync,
    ) -> Vec<O> {
        let threads = match items.len() {
            0 | 1 => 1,
            items => self.wanted().min(items),
        };
        if threads == 1 {
            let is_wanted = |_: &I| !self.cancelled.load(Ordering::Relaxed);
            return items.into_iter().take_while(is_wanted).map(work).collect();
        }
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
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
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

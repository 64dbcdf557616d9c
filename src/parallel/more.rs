//! What only a command asks of threads: work that finds more work, and results that are used up as they come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::{Threads, locked};

/// How much is made at a time of what is used up in order.
const AT_A_TIME: usize = 128;

/// So few items are done before another thread has begun: so many that wait, and so many that were done.
const FEW: usize = 16;
const SHORT: usize = 64;

/// A thread takes half of the items that wait at once, but no more than half of so many.
const AT_ONCE: usize = 64;

/// All threads take from one queue: so many as `rg` walks with at most, unless more are asked for.
const MOST: usize = 12;

impl Threads<'_> {
    /// Applies `work` to every item, and to those that it finds on the way and puts into its last argument,
    /// in no particular order. Every thread has a state of its own; they are all returned.
    pub(crate) fn spread<I: Send, S: Send>(
        &self,
        items: Vec<I>,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, I, &mut Vec<I>) + Sync,
    ) -> Vec<S> {
        let queue = Queue::new(items);
        let worker = |mut state: S, items: usize, most: Option<usize>| {
            let mut turn = Turn::new(&queue, self.cancelled);
            for _ in 0..items {
                let Some(item) = turn.next(most) else { break };
                work(&mut state, item, &mut turn.found);
            }
            state
        };
        let mine = worker(state(), SHORT, Some(FEW));
        if queue.is_empty() {
            return vec![mine];
        }
        let threads = match self.count {
            0 => self.wanted().min(MOST),
            threads => threads,
        };
        std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads)
                .map(|_| scope.spawn(|| worker(state(), usize::MAX, None)))
                .collect();
            let mut states = vec![worker(mine, usize::MAX, None)];
            for helper in helpers {
                match helper.join() {
                    Ok(state) => states.push(state),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            states
        })
    }

    /// Applies `work` to every item, and `then` to every result, in the order of the items.
    ///
    /// # Errors
    /// With the first error of `then`; the rest is not done.
    pub(crate) fn share_in_turn<I: Send, O: Send, E>(
        &self,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) -> O + Sync,
        mut then: impl FnMut(O) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut items = items.into_iter();
        loop {
            let some: Vec<I> = items.by_ref().take(AT_A_TIME).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.share(some, &work)
                .into_iter()
                .try_for_each(&mut then)?;
        }
    }
}

/// Items that threads take from and add to.
struct Queue<I> {
    state: Mutex<Waiting<I>>,
    more: Condvar,
    /// How many threads wait. As long as none does, nobody need hand over anything.
    idle: AtomicUsize,
}

struct Waiting<I> {
    items: Vec<I>,
    /// How many threads have items in hand, and may find more.
    busy: usize,
}

impl<I> Queue<I> {
    fn new(items: Vec<I>) -> Self {
        Self {
            state: Mutex::new(Waiting { items, busy: 0 }),
            more: Condvar::new(),
            idle: AtomicUsize::new(0),
        }
    }

    fn is_empty(&self) -> bool {
        locked(&self.state).items.is_empty()
    }
}

/// What one thread does with a [`Queue`]. Whether it is busy is undone even when it panics: the others would
/// wait for ever.
struct Turn<'q, I> {
    queue: &'q Queue<I>,
    cancelled: &'q AtomicBool,
    is_busy: bool,
    /// What the items so far have led to and what was taken with them, as far as nobody else has it.
    found: Vec<I>,
}

impl<'q, I> Turn<'q, I> {
    fn new(queue: &'q Queue<I>, cancelled: &'q AtomicBool) -> Self {
        Self {
            queue,
            cancelled,
            is_busy: false,
            found: Vec::new(),
        }
    }

    /// Takes the next item, and hands over the others if somebody waits for them; `None` once there will be
    /// no more. A thread that works alone keeps nothing for itself, and stops once more than `most` wait.
    fn next(&mut self, most: Option<usize>) -> Option<I> {
        if most.is_none() && self.idle() == 0 && !self.is_cancelled() {
            let own = self.found.pop();
            if own.is_some() {
                return own;
            }
        }
        let mut waiting = locked(&self.queue.state);
        self.hand_over(&mut waiting);
        loop {
            if self.is_cancelled() || most.is_some_and(|most| waiting.items.len() > most) {
                return None;
            }
            if let Some(item) = waiting.items.pop() {
                // Some more at once: each time costs a lock that others want, too.
                let more = match most {
                    Some(_) => 0,
                    None => waiting.items.len().min(AT_ONCE) / 2,
                };
                let rest = waiting.items.len() - more;
                self.found.extend(waiting.items.drain(rest..));
                waiting.busy += 1;
                self.is_busy = true;
                return Some(item);
            }
            if waiting.busy == 0 {
                return None;
            }
            self.queue.idle.fetch_add(1, Ordering::Relaxed);
            let more = self.queue.more.wait(waiting);
            waiting = more.unwrap_or_else(PoisonError::into_inner);
            self.queue.idle.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn hand_over(&mut self, waiting: &mut Waiting<I>) {
        let found = self.found.len();
        waiting.items.append(&mut self.found);
        if std::mem::take(&mut self.is_busy) {
            waiting.busy -= 1;
        }
        // One of them is for this thread itself.
        if self.idle() > 0 && (found > 1 || waiting.busy == 0) {
            self.queue.more.notify_all();
        }
    }

    fn idle(&self) -> usize {
        self.queue.idle.load(Ordering::Relaxed)
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl<I> Drop for Turn<'_, I> {
    fn drop(&mut self) {
        self.hand_over(&mut locked(&self.queue.state));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Each number leads to the two that follow from it.
    fn tree(state: &mut Vec<usize>, number: usize, more: &mut Vec<usize>) {
        state.push(number);
        more.extend(
            [2 * number, 2 * number + 1]
                .into_iter()
                .filter(|it| *it < 10_000),
        );
    }

    #[test]
    fn all_that_is_found_is_done_once_by_any_number_of_threads() {
        for count in [1, 2, 3, 16] {
            let states = Threads::to_the_end(count).spread(vec![1], Vec::new, tree);
            let mut done: Vec<usize> = states.into_iter().flatten().collect();
            done.sort_unstable();
            assert_eq!(done, (1..10_000).collect::<Vec<_>>());
            let none = Threads::to_the_end(count).spread(vec![], Vec::new, tree);
            assert!(none.iter().all(Vec::is_empty));
        }
    }

    #[test]
    fn a_narrow_tree_is_shared_too() {
        let chain = |_: &mut (), number: usize, more: &mut Vec<usize>| {
            more.extend((number > 0).then(|| number - 1));
        };
        let states = Threads::to_the_end(4).spread(vec![1_000], || (), chain);
        assert_eq!(states.len(), 4);
    }

    #[test]
    fn a_panic_ends_the_work_of_all() {
        let work = |state: &mut Vec<usize>, number: usize, more: &mut Vec<usize>| {
            assert_ne!(number, 777, "as it has to be");
            tree(state, number, more);
        };
        for count in [1, 4] {
            let threads = Threads::to_the_end(count);
            let spread = || threads.spread(vec![1], Vec::new, work);
            assert!(catch_unwind(AssertUnwindSafe(spread)).is_err());
        }
    }

    #[test]
    fn whoever_is_cancelled_stops() {
        let cancelled = AtomicBool::new(false);
        let threads = Threads {
            count: 4,
            cancelled: &cancelled,
        };
        let endless = |_: &mut (), number: usize, more: &mut Vec<usize>| {
            cancelled.fetch_or(number > 5_000, Ordering::Relaxed);
            more.extend([number + 1, number + 2]);
        };
        threads.spread(vec![1], || (), endless);
        assert!(cancelled.load(Ordering::Relaxed));
    }
}

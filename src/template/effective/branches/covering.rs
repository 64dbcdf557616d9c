//! A sample of combinations that holds every pair of values: most faults need no more than two.
//!
//! <https://csrc.nist.gov/projects/automated-combinatorial-testing-for-software>

use std::collections::BTreeSet;

/// With more pairs than this only every single value is covered.
const MOST_PAIRS: usize = 100_000;

/// Two values that are to be together in a row: a variable and its value, twice. The same one twice
/// stands for a value alone.
type Goal = ((usize, usize), (usize, usize));

/// Rows with a value for each variable, all zeros first. Of the rows that are not accepted another
/// one may hold the same pair, or none may be possible: each pair is tried once.
pub(super) fn cover(
    sizes: &[usize],
    most: usize,
    accepts: impl Fn(&[usize]) -> bool,
) -> Vec<Vec<usize>> {
    let mut goals = goals(sizes);
    let mut row = vec![0; sizes.len()];
    let mut rows = Vec::new();
    let (mut trusted, mut doubted) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2 * most {
        let values = row.iter().copied().enumerate();
        if accepts(&row) {
            trusted.extend(values);
            doubted.retain(|value| !trusted.contains(value));
            goals.retain(|goal| !reaches(&row, goal));
            rows.push(row);
        } else {
            // A value that is never possible must not spoil every further row.
            doubted.extend(values.filter(|value| !trusted.contains(value)));
        }
        let Some(goal) = goals.pop_first() else {
            break;
        };
        if rows.len() == most {
            break;
        }
        row = towards(goal, sizes, &goals, &doubted);
    }
    rows
}

fn goals(sizes: &[usize]) -> BTreeSet<Goal> {
    let values = |variable: usize| {
        let size = sizes.get(variable).copied().unwrap_or_default();
        (0..size).map(move |value| (variable, value))
    };
    let sum: usize = sizes.iter().sum();
    let mut goals = BTreeSet::new();
    for one in 0..sizes.len() {
        if sizes.len() == 1 || sum * sum / 2 > MOST_PAIRS {
            goals.extend(values(one).map(|value| (value, value)));
            continue;
        }
        for other in one + 1..sizes.len() {
            goals.extend(values(one).flat_map(|one| values(other).map(move |it| (one, it))));
        }
    }
    goals
}

fn reaches(row: &[usize], &(one, other): &Goal) -> bool {
    let has = |(variable, value): (usize, usize)| row.get(variable) == Some(&value);
    has(one) && has(other)
}

/// A row that reaches a goal, and of the others as many as a greedy choice does.
fn towards(
    (one, other): Goal,
    sizes: &[usize],
    goals: &BTreeSet<Goal>,
    doubted: &BTreeSet<(usize, usize)>,
) -> Vec<usize> {
    let mut fixed = vec![one, other];
    for (variable, &size) in sizes.iter().enumerate() {
        if variable == one.0 || variable == other.0 {
            continue;
        }
        let gain = |value: usize| {
            let own = (variable, value);
            if one == other {
                return usize::from(goals.contains(&(own, own)));
            }
            let pairs = fixed.iter().map(|&it| (it.min(own), it.max(own)));
            pairs.filter(|goal| goals.contains(goal)).count()
        };
        // The first of the best, which are those next to the Default.
        let best = (0..size).rev().max_by_key(|&value| {
            let is_trusted = !doubted.contains(&(variable, value));
            (is_trusted, gain(value))
        });
        fixed.push((variable, best.unwrap_or_default()));
    }
    fixed.sort_unstable();
    fixed.dedup();
    fixed.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use super::cover;

    #[test]
    fn every_pair_of_values_is_in_some_row() {
        for sizes in [&[2; 20][..], &[30, 2, 2, 3], &[70], &[9, 9, 9]] {
            let rows = cover(sizes, 512, |_| true);
            assert!(rows[0].iter().all(|&value| value == 0));
            for one in 0..sizes.len() {
                for other in 0..sizes.len() {
                    let mut pairs: Vec<_> = rows.iter().map(|row| (row[one], row[other])).collect();
                    pairs.sort_unstable();
                    pairs.dedup();
                    let all = if one == other {
                        sizes[one]
                    } else {
                        sizes[one] * sizes[other]
                    };
                    assert_eq!(pairs.len(), all, "{sizes:?}: {one} and {other}");
                }
            }
        }
    }

    #[test]
    fn many_values_do_not_multiply() {
        // Sizes of the variables, and the most rows that they may take.
        let cases = [
            (vec![2; 20], 20),
            (vec![30, 2, 2], 62),
            (vec![400, 400], 400),
        ];
        for (sizes, most) in cases {
            let rows = cover(&sizes, 512, |_| true);
            assert!(rows.len() <= most, "{sizes:?}: {}", rows.len());
            assert_eq!(cover(&sizes, 9, |_| true).len(), 9, "an absolute limit");
        }
    }

    #[test]
    fn what_is_not_accepted_is_left_out() {
        let rows = cover(&[3, 3, 2], 512, |row| row[0] != row[1]);
        assert!(rows.iter().all(|row| row[0] != row[1]));
        assert!(rows.iter().any(|row| row[0] == 0 && row[1] == 2));
        assert!(cover(&[2, 2], 512, |_| false).is_empty());
    }

    #[test]
    fn an_impossible_value_takes_nothing_from_the_others() {
        // Sizes, and the variable and the value of it that are never accepted.
        let cases = [
            (vec![3, 5, 3, 3], 1, 0),
            (vec![2, 2, 2, 2, 31], 4, 30),
            (vec![2; 12], 11, 1),
            (vec![4, 4, 4, 4], 3, 2),
        ];
        for (sizes, of, never) in cases {
            let rows = cover(&sizes, 512, |row| row[of] != never);
            for one in 0..sizes.len() {
                for other in 0..one {
                    let mut pairs: Vec<_> = rows.iter().map(|row| (row[one], row[other])).collect();
                    pairs.sort_unstable();
                    pairs.dedup();
                    let left = |at: usize| sizes[at] - usize::from(at == of);
                    let all = left(one) * left(other);
                    assert_eq!(pairs.len(), all, "{sizes:?}: {one} and {other}");
                }
            }
        }
    }
}

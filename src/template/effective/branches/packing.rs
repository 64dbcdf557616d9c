//! Puts the assignments of many resources together to as few of the whole template as possible.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::paths::{Assignment, Paths};

/// Takes away what another resource rules out: where one of them cannot be deployed, nor can the
/// template. Gives the choices that are left of those variables that some resource always asks for.
pub(super) fn rule_out(resources: &mut [Paths]) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut possible: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let distinct: HashSet<&Paths> = resources.iter().filter(|it| it.is_complete).collect();
    for paths in distinct {
        let Some((first, others)) = paths.list.split_first() else {
            continue;
        };
        for number in first.keys() {
            // A way on which it is not asked for is possible whatever it is.
            let choices: Option<BTreeSet<usize>> = std::iter::once(first)
                .chain(others)
                .map(|assignment| assignment.get(number).copied())
                .collect();
            if let Some(choices) = choices {
                let known = possible.entry(*number).or_insert_with(|| choices.clone());
                known.retain(|choice| choices.contains(choice));
            }
        }
    }
    for paths in resources {
        let is_possible = |(number, choice): (&usize, &usize)| {
            possible
                .get(number)
                .is_none_or(|them| them.contains(choice))
        };
        let list = paths.list.iter().filter(|it| it.iter().all(is_possible));
        let list: Vec<Assignment> = list.cloned().collect();
        if !list.is_empty() {
            paths.list = list;
        }
    }
    possible
}

/// Assignments that hold every assignment of each resource, and whether there was room for all.
/// What nothing depends on is left out. The first ones of all resources come first.
pub(super) fn pack(resources: &[Paths], variables: usize, most: usize) -> (Vec<Whole>, bool) {
    let mut seen = HashSet::new();
    let lists = resources.iter().map(|paths| &paths.list);
    let mut groups: Vec<Group<'_>> = lists
        .filter(|list| seen.insert(*list))
        .map(|all| Group {
            all,
            open: (0..all.len()).collect(),
        })
        .collect();
    // What has most is hardest to accommodate.
    groups.sort_by_key(|group| std::cmp::Reverse(group.open.len()));
    let mut packed = Vec::new();
    while groups.iter().any(|group| !group.open.is_empty()) {
        if packed.len() == most {
            return (packed, false);
        }
        let mut whole: Whole = vec![None; variables];
        let mut waiting = Vec::new();
        for group in &mut groups {
            match group.next(&whole) {
                Some(assignment) => merge(&mut whole, assignment),
                None => waiting.push(group),
            }
        }
        // Every resource shall be one that can be deployed.
        for group in waiting {
            if let Some(assignment) = group.all.iter().find(|it| fits(&whole, it)) {
                merge(&mut whole, assignment);
            }
        }
        packed.push(whole);
    }
    (packed, true)
}

/// The choice of each variable, by its number.
pub(super) type Whole = Vec<Option<usize>>;

/// Resources with the same assignments.
struct Group<'g> {
    all: &'g [Assignment],
    /// Those that are in no alternative so far.
    open: BTreeSet<usize>,
}

impl<'g> Group<'g> {
    /// The first open assignment that fits, which is closed.
    fn next(&mut self, whole: &Whole) -> Option<&'g Assignment> {
        let mut open = self.open.iter().copied();
        let at = open.find(|&at| self.all.get(at).is_some_and(|it| fits(whole, it)))?;
        self.open.remove(&at);
        self.all.get(at)
    }
}

fn fits(whole: &Whole, assignment: &Assignment) -> bool {
    let at = |number: usize| whole.get(number).copied().flatten();
    let mut chosen = assignment.iter();
    chosen.all(|(&number, &choice)| at(number).is_none_or(|it| it == choice))
}

fn merge(whole: &mut Whole, assignment: &Assignment) {
    for (&number, &choice) in assignment {
        if let Some(place) = whole.get_mut(number) {
            *place = Some(choice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Assignment, Paths, pack, rule_out};

    fn paths(lists: &[&[&[(usize, usize)]]]) -> Vec<Paths> {
        let list = |list: &&[&[(usize, usize)]]| Paths {
            list: list
                .iter()
                .map(|it| Assignment::from_iter(it.to_vec()))
                .collect(),
            is_complete: true,
        };
        lists.iter().map(list).collect()
    }

    #[test]
    fn the_largest_resource_decides_how_many_there_are() {
        let three: &[&[_]] = &[&[(0, 0)], &[(0, 1)], &[(0, 2)]];
        let two: &[&[_]] = &[&[(1, 0)], &[(1, 1)]];
        let both: &[&[_]] = &[
            &[(0, 0), (1, 0)],
            &[(0, 0), (1, 1)],
            &[(0, 1), (1, 0)],
            &[(0, 2), (1, 1)],
        ];
        let cases: [(&[&[&[_]]], usize); 5] = [
            (&[], 0),
            (&[&[&[]]], 1),
            (&[three, two], 3),
            (&[three, two, three, two], 3),
            (&[two, both, three], 4),
        ];
        for (lists, expected) in cases {
            let resources = paths(lists);
            let (packed, is_complete) = pack(&resources, 2, 512);
            assert!(is_complete);
            assert_eq!(packed.len(), expected);
            for assignment in resources.iter().flat_map(|it| &it.list) {
                assert!(packed.iter().any(|whole| super::fits(whole, assignment)));
            }
        }
        let (packed, is_complete) = pack(&paths(&[three]), 2, 2);
        assert_eq!((packed.len(), is_complete), (2, false));
    }

    #[test]
    fn what_one_resource_rules_out_is_tried_for_none() {
        let cases: [(&[&[_]], &[&[_]], usize); 3] = [
            (
                &[&[(0, 0)], &[(0, 1)]],
                &[&[(0, 0)], &[(0, 1)], &[(0, 2)]],
                2,
            ),
            // On one of its ways the first does not ask.
            (&[&[(0, 0)], &[(1, 0)]], &[&[(0, 0)], &[(0, 1)]], 2),
            // Nothing would be left.
            (&[&[(0, 0)]], &[&[(0, 1)]], 1),
        ];
        for (one, other, expected) in cases {
            let mut resources = paths(&[one, other]);
            rule_out(&mut resources);
            assert_eq!(resources.get(1).map(|it| it.list.len()), Some(expected));
        }
    }
}

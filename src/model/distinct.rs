//! A list in which every value stands once, in the order of arrival.

use std::collections::HashSet;
use std::hash::Hash;

/// Lists up to this length are searched from front to back.
const FEW: usize = 32;

/// A list without twins: short ones cost no more than a list, long ones don't cost the
/// square of their length.
#[derive(Debug, Clone)]
pub struct Distinct<T> {
    list: Vec<T>,
    /// Empty until the list is long.
    seen: HashSet<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { list: Vec::new(), seen: HashSet::new() }
    }
}

impl<T: Clone + Eq + Hash> Distinct<T> {
    /// Adds a value unless it is there.
    pub fn add(&mut self, value: T) {
        if self.seen.is_empty() {
            if self.list.contains(&value) {
                return;
            }
            if self.list.len() >= FEW {
                self.seen.extend(self.list.iter().cloned());
                self.seen.insert(value.clone());
            }
        } else if !self.seen.insert(value.clone()) {
            return;
        }
        self.list.push(value);
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The values, each once.
    pub fn into_list(self) -> Vec<T> {
        self.list
    }
}

impl<T: Clone + Eq + Hash> Extend<T> for Distinct<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl<T: Clone + Eq + Hash> FromIterator<T> for Distinct<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut found = Self::default();
        found.extend(values);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lists_hold_each_value_once_in_order() {
        for length in [0, 1, FEW, FEW + 1, 5 * FEW] {
            let found: Distinct<usize> = (0..length).chain((0..length).rev()).collect();
            assert_eq!((found.len(), found.is_empty()), (length, length == 0));
            assert_eq!(found.into_list(), (0..length).collect::<Vec<_>>());
        }
    }
}

// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A queue whose entries can also be removed from its middle, in logarithmic time.

use std::collections::VecDeque;

/// The place of an entry in a [`Line`]. It is never reused for another entry of that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Entries in the order of their arrival. Places are sorted by ticket. Those of removed entries stay,
/// empty, until they are more than half.
#[derive(Debug)]
pub(crate) struct Line<T> {
    places: VecDeque<(Ticket, Option<T>)>,
    next: u64,
    len: usize,
}

impl<T> Line<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, entry: T) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.places.push_back((ticket, Some(entry)));
        self.len += 1;
        ticket
    }

    /// As [`Line::push`], with a later ticket than `last`.
    pub fn push_after(&mut self, last: Option<Ticket>, entry: T) -> Ticket {
        self.next = self.next.max(last.map_or(0, |last| last.0 + 1));
        self.push(entry)
    }

    pub fn pop(&mut self) -> Option<T> {
        while let Some((_, place)) = self.places.pop_front() {
            if place.is_some() {
                self.len -= 1;
                return place;
            }
        }
        None
    }

    /// None when the entry is no longer in the line.
    pub fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let at = self.places.binary_search_by_key(&ticket, |place| place.0).ok()?;
        let entry = self.places[at].1.take()?;
        self.len -= 1;
        if self.places.len() > 2 * self.len {
            self.places.retain(|(_, place)| place.is_some());
        }
        Some(entry)
    }

    /// The first entry, or the first one after a ticket.
    pub fn after(&self, ticket: Option<Ticket>) -> Option<(Ticket, &T)> {
        let from = ticket.map_or(0, |last| self.places.partition_point(|place| place.0 <= last));
        self.places.range(from..).find_map(|(at, place)| Some((*at, place.as_ref()?)))
    }

    /// The last ticket that was issued.
    pub fn last(&self) -> Option<Ticket> {
        self.next.checked_sub(1).map(Ticket)
    }
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { places: VecDeque::new(), next: 0, len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_in_order() {
        let mut line = Line::default();
        let tickets: Vec<_> = (0..10).map(|entry| line.push(entry)).collect();
        for at in [0, 3, 4, 9] {
            assert_eq!(line.remove(tickets[at]), Some(at));
            assert_eq!(line.remove(tickets[at]), None);
        }
        assert_eq!(line.len(), 6);
        assert_eq!(line.after(Some(tickets[2])), Some((tickets[5], &5)));
        let left: Vec<_> = std::iter::from_fn(|| line.pop()).collect();
        assert_eq!(left, [1, 2, 5, 6, 7, 8]);
        assert_eq!(line.remove(tickets[1]), None);
        assert_eq!(line.after(None), None);
    }

    #[test]
    fn removed_entries_leave_no_growing_gap() {
        let mut line = Line::default();
        line.push(0);
        for entry in 1..10_000 {
            let ticket = line.push(entry);
            line.remove(ticket);
        }
        assert!(line.places.len() <= 4);
        assert_eq!(line.pop(), Some(0));
    }

    /// Removing an entry takes amortised constant time, in any order.
    #[test]
    fn removing_all_entries_takes_linear_work() {
        for order in [0, 1, 2] {
            let mut line = Line::default();
            let mut tickets: Vec<_> = (0..10_000).map(|entry| line.push(entry)).collect();
            match order {
                0 => tickets.reverse(),
                1 => tickets.sort_by_key(|ticket| ticket.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                _ => {}
            }
            let mut moved = 0;
            for ticket in tickets {
                let before = line.places.len();
                line.remove(ticket);
                // Fewer places mean that all of them were visited.
                moved += if line.places.len() < before { before } else { 0 };
            }
            assert!(line.is_empty());
            assert!(moved <= 40_000, "{moved} places were moved");
        }
    }
}

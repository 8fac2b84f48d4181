//! Bulk memory, tables and atomics.

use super::super::census::bump;
use super::super::frame::bit;
use super::super::reader::Reader;
use super::super::value::STEPPED;
use super::Walker;
use super::addresses::{place, place_number};
use super::flow::memory_argument;

impl Walker<'_> {
    pub(super) fn bulk(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        match reader.number()? {
            0..=7 => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            8 => {
                let segment = reader.number()?;
                reader.number()?;
                self.state.drop(2);
                let address = self.state.pop();
                if let Some(address) = address.known()
                    && self.gathered.copies.len() < 65_536
                {
                    self.gathered.copies.push((segment, address));
                }
                self.memory = self.memory.wrapping_add(1);
            }
            9 | 13 => {
                reader.number()?;
            }
            10 => {
                reader.number()?;
                reader.number()?;
                let length = self.state.pop();
                let from = self.state.pop();
                let to = self.state.pop();
                self.copied(&to, &from, &length);
            }
            12 | 14 => {
                reader.number()?;
                reader.number()?;
                self.state.drop(3);
                self.memory = self.memory.wrapping_add(1);
            }
            11 | 17 => {
                reader.number()?;
                self.state.drop(3);
                self.memory = self.memory.wrapping_add(1);
            }
            15 => {
                reader.number()?;
                self.state.drop(2);
                self.state.push_unknown(1);
            }
            16 => {
                reader.number()?;
                self.state.push_unknown(1);
            }
            18 => {
                reader.number()?;
                self.state.drop(2);
            }
            19 | 20 => {
                self.state.drop(4);
                self.state.push_unknown(2);
            }
            21 | 22 => {
                self.state.drop(2);
                bump(&mut self.census.mul[1]);
                self.state.push_unknown(2);
            }
            _ => return None,
        }
        Some(())
    }

    pub(super) fn atomic(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let code = reader.number()?;
        if code == 3 {
            reader.byte()?;
            return Some(());
        }
        let at = memory_argument(reader)?;
        let (pops, pushes) = match code {
            1 | 2 | 0x48..=0x4e => (3, 1),
            0x10..=0x16 => (1, 1),
            0x17..=0x1d => {
                let value = self.state.pop();
                let address = self.state.pop();
                self.store(address, at, value, false);
                (0, 0)
            }
            0x1e..=0x24 => {
                self.fetch_and_add(at);
                return Some(());
            }
            0 | 0x25..=0x47 => (2, 1),
            _ => return None,
        };
        self.state.drop(pops);
        self.state.push_unknown(pushes);
        self.memory = self.memory.wrapping_add(1);
        Some(())
    }

    /// A counter shared between threads, stepped in one operation.
    fn fetch_and_add(&mut self, at: u64) {
        self.state.drop(1);
        let address = self.state.pop();
        let counter = place_number(place(&address, at));
        self.memory = self.memory.wrapping_add(1);
        if let Some(open) = self.open.last_mut() {
            open.written_memory = true;
            open.stepped_memory |= bit(counter);
        }
        self.straight.stepped |= bit(counter);
        let mut value = self.state.unknown();
        value.flags = STEPPED;
        self.read_from(value.key, counter);
        self.state.push(value);
    }
}

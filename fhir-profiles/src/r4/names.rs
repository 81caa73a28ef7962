//! Finding a JSON member of a shape by its name: open addressing over FNV-1a, because names are short.

/// Positions of names in a list the owner keeps.
#[derive(Debug)]
pub(crate) struct Names {
    /// Position + 1; 0 is empty. The length is a power of two, at most half full.
    places: Vec<u16>,
}

impl Names {
    pub(crate) fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let mut places = vec![0; (names.len() * 2).next_power_of_two().max(4)];
        for (at, name) in names.enumerate() {
            let mut place = home(name, places.len());
            while places[place] != 0 {
                place = (place + 1) & (places.len() - 1);
            }
            places[place] = u16::try_from(at + 1).expect("a shape has some hundred names at most");
        }
        Self { places }
    }

    pub(crate) fn find<'n>(&self, name: &str, name_at: impl Fn(usize) -> &'n str) -> Option<usize> {
        let mut place = home(name, self.places.len());
        while self.places[place] != 0 {
            let at = usize::from(self.places[place]) - 1;
            if name_at(at) == name {
                return Some(at);
            }
            place = (place + 1) & (self.places.len() - 1);
        }
        None
    }
}

fn home(name: &str, places: usize) -> usize {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash as usize ^ (hash >> 15) as usize) & (places - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let list: Vec<String> = (0..300).map(|n| format!("name{n}")).collect();
        let names = Names::new(list.iter().map(String::as_str));
        for (n, name) in list.iter().enumerate() {
            assert_eq!(names.find(name, |at| &list[at]), Some(n));
        }
        assert_eq!(names.find("name300", |at| &list[at]), None);
        assert_eq!(names.find("", |at| &list[at]), None);
    }
}

//! A whole new text for a file as an [`Edit`]: written only over the very bytes it was made from.

use super::{Edit, Made, Seen};
use crate::ops::Rewrite;
use crate::store::versions::name_of;

impl Edit for Rewrite {
    fn make(&mut self, base: &[u8]) -> Made {
        let found = name_of(base);
        if found == self.after {
            return Made::Already;
        }
        if found != self.before {
            return Made::Refused(
                "the file was written since the two were compared: look again".to_owned(),
            );
        }
        if name_of(&self.bytes) != self.after {
            return Made::Refused("the new text is not known any more: order it again".to_owned());
        }
        Made::New(self.bytes.clone())
    }

    fn look(&self, _now: &[u8]) -> Seen {
        Seen::Stands
    }
}

//! What can be done about what is under the cursor, as the keeper decided it last.

use crate::domain::offer::{About, Offer};

#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// What the list is about, and the list; empty before the first answer.
    pub of: Option<About>,
    pub list: Vec<Offer>,
    /// The snapshot and the subject that were last asked about.
    pub asked: Option<(u64, About)>,
    /// An answer is on its way: one is asked for at a time.
    pub out: bool,
    /// The menu opens with the answer to this.
    pub menu: Option<About>,
}

impl Offers {
    /// What is known about this; nothing where it is about something else.
    pub fn about(&self, about: Option<&About>) -> &[Offer] {
        if about.is_some() && self.of.as_ref() == about {
            &self.list
        } else {
            &[]
        }
    }
}

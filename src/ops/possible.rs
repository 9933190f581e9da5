//! What can be done here, and why the rest cannot: the menu, the rounds, and `operations` and `refused` of `rounds check`.

use super::request::Request;
use super::scene::Scene;
use crate::domain::id::OpId;
use crate::domain::offer::{About, Offer};
use crate::domain::time::Ts;
use crate::domain::verb::{Subject, Verb};

/// Every verb that has a meaning here, with why it is refused where it is. What only waits for a word of the operator (a
/// reason, a text) or for a pre-check counts as possible.
pub fn possible(about: &About, scene: &Scene<'_>, now: Ts) -> Vec<Offer> {
    verbs(about)
        .map(|verb| {
            let request = Request {
                task: about.task.clone(),
                slot: about.slot,
                case: about.case.clone(),
                ..Request::new(OpId::from(""), verb, about.agent.clone())
            };
            let refused = match super::plan(&request, scene, now) {
                Ok(_) => None,
                Err(refusal) if refusal.asks.is_some() => None,
                Err(refusal) => Some(refusal.to_string()),
            };
            Offer { verb, refused }
        })
        .collect()
}

/// The same where nothing can be ordered at all, for one reason.
pub fn impossible(about: &About, why: &str) -> Vec<Offer> {
    let refused = |verb| Offer {
        verb,
        refused: Some(why.to_owned()),
    };
    verbs(about).map(refused).collect()
}

fn verbs(about: &About) -> impl Iterator<Item = Verb> {
    let (task, case) = (about.task.is_some(), about.case.is_some());
    Verb::ALL
        .iter()
        .copied()
        .filter(move |verb| match verb.subject() {
            Subject::Task => task,
            Subject::Finding => case,
            // Which one is asked where they are listed.
            Subject::Copy | Subject::File => false,
            Subject::TaskOrAgent | Subject::Step | Subject::Operation | Subject::Anything => true,
        })
}

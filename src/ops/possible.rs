//! What can be done here, and why the rest cannot: the menu, and `operations` and `refused` of `rounds check`.

use super::change::Refusal;
use super::request::Request;
use super::scene::Scene;
use crate::domain::id::{AgentId, OpId, TaskId};
use crate::domain::time::Ts;
use crate::domain::verb::{Subject, Verb};

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About<'a> {
    pub agent: &'a AgentId,
    pub task: Option<&'a TaskId>,
    pub slot: Option<Ts>,
    /// A finding, by its id.
    pub case: Option<&'a str>,
}

/// Every verb that has a meaning here, with why it is refused where it is. What only waits for a word of the operator (a
/// reason, a text) or for a pre-check counts as possible.
pub fn possible(about: &About<'_>, scene: &Scene<'_>, now: Ts) -> Vec<(Verb, Result<(), Refusal>)> {
    let fits = |verb: &Verb| match verb.subject() {
        Subject::Task => about.task.is_some(),
        Subject::Finding => about.case.is_some(),
        Subject::TaskOrAgent | Subject::Step | Subject::Operation | Subject::Anything => true,
    };
    let verbs = Verb::ALL.iter().copied().filter(fits);
    verbs
        .map(|verb| {
            let request = Request {
                task: about.task.cloned(),
                slot: about.slot,
                case: about.case.map(str::to_owned),
                ..Request::new(OpId::from(""), verb, about.agent.clone())
            };
            let verdict = match super::plan(&request, scene, now) {
                Ok(_) => Ok(()),
                Err(refusal) if refusal.asks.is_some() => Ok(()),
                Err(refusal) => Err(refusal),
            };
            (verb, verdict)
        })
        .collect()
}

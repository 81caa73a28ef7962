//! Two nodes over one PostgreSQL: either answers, both deliver, and nothing goes twice (`design.md` section 9).

use crate::house::{House, appointment};

/// Appointments pushed, by turns to either node; each is then moved at the other one.
const APPOINTMENTS: u32 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_one_dies_unnoticed() {
    let Some(database) = crate::postgres::database().await else { return };
    let mut first = House::build(Some(&database)).await;
    let mut second = first.twin();
    first.start().await;
    second.start().await;
    let token = first.token().await;
    for n in 0..APPOINTMENTS {
        let (one, other) = if n % 2 == 0 { (&first, &second) } else { (&second, &first) };
        let id = format!("node-{n}");
        assert!(one.push(&token, &appointment(&id, 1, "booked")).await);
        assert!(other.push(&token, &appointment(&id, 2, "booked")).await, "a token holds at either node");
    }
    second.kill();
    first.until_delivered().await;

    let state = first.at_the_counterpart().await;
    let there = state["appointments"].as_array().expect("a list");
    let messages = state["patient_messages"].as_array().expect("a list");
    assert_eq!(there.len(), APPOINTMENTS as usize);
    for n in 0..APPOINTMENTS {
        let id = format!("node-{n}");
        let arrived = there.iter().find(|a| a["id"] == id.as_str()).expect("it arrived");
        assert!(arrived["start"].as_str().is_some_and(|start| start.contains(":02:00")), "{arrived}");
        let new = messages.iter().filter(|m| m["resource_id"] == id.as_str() && m["kind"] == "new").count();
        assert_eq!(new, 1, "{id}");
    }
}

//! The examples, as they are run.

use crate::house::House;

#[path = "../../examples/ding_dong.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod ding_dong;

#[tokio::test]
async fn ding_dong() {
    let house = House::new().await;
    let ha = ding_dong::bot(house.team()).expect("a bot");
    ha.start().await.expect("started");
    house.alice.says(&house.room, "ding");
    house.until_said("dong", 1).await;
    house.alice.says(&house.phones[1], "ding");
    let answer = || house.alice.seen().iter().any(|it| it.message.room_id.is_none());
    crate::house::within("an answer to her alone", house.world.until(answer)).await;
    ha.stop().await;
}

#[test]
fn ding_dong_takes_less_than_thirty_lines() {
    let text = include_str!("../../examples/ding_dong.rs");
    assert!(text.lines().count() < 30);
}

//! One-time links: what is told of two ways at once, and later.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use tokio::task::yield_now;

use crate::{MakeLink, scans::Links};

#[tokio::test]
async fn two_ways_that_ask_at_once_are_told_the_same_link_and_a_new_one_only_once_it_is_over() {
    let alive = Arc::new(Mutex::new(BTreeSet::new()));
    let made = Arc::new(Mutex::new(0));
    let make: MakeLink = {
        let (alive, made) = (alive.clone(), made.clone());
        Arc::new(move |account, known| {
            let (alive, made) = (alive.clone(), made.clone());
            Box::pin(async move {
                yield_now().await;
                let mut alive = alive.lock().expect("no panic");
                if let Some(known) = known.filter(|it| alive.contains(it)) {
                    return Some(known);
                }
                let mut made = made.lock().expect("no panic");
                *made += 1;
                alive.retain(|it: &String| !it.starts_with(&account));
                let link = format!("{account}-{made}");
                alive.insert(link.clone());
                Some(link)
            })
        })
    };
    let links = Links::new(Some(make));
    let (first, second) = tokio::join!(links.of("south"), links.of("south"));
    assert_eq!((first.as_deref(), second.as_deref()), (Some("south-1"), Some("south-1")));
    assert_eq!(links.of("north").await.as_deref(), Some("north-2"));
    assert_eq!(links.of("south").await.as_deref(), Some("south-1"), "it still shows a code");
    alive.lock().expect("no panic").remove("south-1");
    assert_eq!(links.of("south").await.as_deref(), Some("south-3"), "nobody is told of one that is over");
    assert_eq!(Links::new(None).of("south").await, None);
}

//! The store's own alarm, on a clock that waits for nobody.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use ha_wechaty_core::{AlarmStep, Severity};
use ha_wechaty_team::{state::records::StoreTrouble, view::AlarmStatus};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{TellError, store::watch};

/// What was told: by which way, when, what.
type Told = Arc<Mutex<Vec<(String, u64, AlarmStep)>>>;

#[derive(Clone, Default)]
struct Stage {
    trouble: Arc<Mutex<Option<Arc<StoreTrouble>>>>,
    told: Told,
    is_down: Arc<Mutex<bool>>,
    ids: Arc<Mutex<Vec<(u64, u32)>>>,
}

impl Stage {
    /// The ways are watched from now on.
    fn begins(&self) -> CancellationToken {
        let (stop, begun) = (CancellationToken::new(), Instant::now());
        let trouble = self.trouble.clone();
        let stage = self.clone();
        let tell = move |way: String, alarms: Vec<AlarmStatus>| {
            let stage = stage.clone();
            async move {
                if *stage.is_down.lock().expect("no panic") {
                    return Err(TellError::Full(0));
                }
                let [alarm] = &alarms[..] else { panic!("one") };
                assert_eq!(alarm.severity, Severity::Critical);
                stage.ids.lock().expect("no panic").push((alarm.id, alarm.revision));
                stage.told.lock().expect("no panic").push((way, begun.elapsed().as_secs(), alarm.step));
                Ok(())
            }
        };
        let ways = [(String::from("ops"), 1), (String::from("boss"), 2)];
        let look = move || trouble.lock().expect("no panic").clone();
        tokio::spawn(watch(look, move || ways.to_vec(), tell, stop.clone()));
        stop
    }

    fn set(&self, is_in_trouble: bool) {
        let trouble =
            || StoreTrouble { why: String::from("no space left"), since: SystemTime::now(), is_final: false };
        *self.trouble.lock().expect("no panic") = is_in_trouble.then(|| Arc::new(trouble()));
    }

    fn told(&self) -> Vec<(String, u64, AlarmStep)> {
        self.told.lock().expect("no panic").clone()
    }
}

#[tokio::test(start_paused = true)]
async fn what_lasts_is_told_first_to_some_then_to_others_and_so_is_its_end() {
    let stage = Stage::default();
    let _stop = stage.begins();
    stage.set(true);
    sleep(Duration::from_secs(20)).await;
    stage.set(false);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(stage.told(), [], "it was over soon");
    stage.set(true);
    sleep(Duration::from_secs(5 * 3_600)).await;
    stage.set(false);
    sleep(Duration::from_secs(60)).await;
    let all = stage.told();
    let steps: Vec<_> = all.iter().map(|(way, _, step)| (way.as_str(), *step)).collect();
    use AlarmStep::{Closed, Opened, Reminded};
    let expected = [("ops", Opened), ("boss", Opened), ("ops", Reminded), ("boss", Reminded)];
    assert_eq!(steps[..4], expected);
    assert_eq!(steps[4..].iter().map(|it| it.1).collect::<Vec<_>>(), [Closed, Closed]);
    assert!((150..160).contains(&all[0].1) && (1_020..1_030).contains(&all[1].1), "{all:?}");
    let mut ids = stage.ids.lock().expect("no panic").clone();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "a receiver knows each step apart, and from the same one by another way");
}

#[tokio::test(start_paused = true)]
async fn a_way_that_is_down_is_tried_again_and_what_nobody_heard_of_does_not_end() {
    let stage = Stage::default();
    let stop = stage.begins();
    *stage.is_down.lock().expect("no panic") = true;
    stage.set(true);
    sleep(Duration::from_secs(700)).await;
    assert_eq!(stage.told(), []);
    *stage.is_down.lock().expect("no panic") = false;
    sleep(Duration::from_secs(320)).await;
    let mut all = stage.told();
    all.sort();
    assert!(matches!(&all[..], [(_, 900.., AlarmStep::Opened), (_, 800.., AlarmStep::Opened)]), "{all:?}");
    stop.cancel();

    let other = Stage::default();
    let _stop = other.begins();
    *other.is_down.lock().expect("no panic") = true;
    other.set(true);
    sleep(Duration::from_secs(700)).await;
    other.set(false);
    *other.is_down.lock().expect("no panic") = false;
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(other.told(), [], "nobody was told that it began");
}

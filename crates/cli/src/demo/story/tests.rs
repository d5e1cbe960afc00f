//! What the demo tells, on narrow and on wide terminals, with colours and without.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{Instant, advance};

use super::*;
use crate::{demo::invitation::Invitation, demo::page::Addresses, demo::tally::Tally, text::tests::visible};

/// A terminal that keeps what is written to it.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line for each line that the terminal was given, and one for each time the line at the bottom was drawn.
async fn story(columns: fn() -> Option<usize>, colour: bool) -> io::Result<String> {
    let paper = Paper::default();
    let mut story = Story::new(Screen::of(paper.clone(), columns, colour));
    let place = "127.0.0.1:8788".parse().expect("an address");
    let visitor = Invitation { place, token: String::from("insecure_demo"), plaintext: false, taken: None };
    let at = |port: u16| Some((std::net::Ipv4Addr::LOCALHOST, port).into());
    story.heading(&visitor, Addresses { page: at(8_789), operators: at(8_790) }, Duration::from_secs(20))?;
    let counts = Counts { asked: 1_204, answered: 1_203, waiting: 1, twice: 0, lost: 0 };
    story.status(counts, [true; 3])?;
    let question = Question::new("wxid_alice", "alice", "tea room", String::from("ding #12"), None);
    let seen = |ms| Seen { number: 12, again: false, is_first: true, after: Duration::from_millis(ms) };
    story.exchange(&question, seen(7), "north", "dong #12")?;
    story.talk(
        "bob",
        "book club",
        "has anybody read the one about the lighthouse that could not sleep at night?",
    )?;
    advance(Duration::from_secs(8)).await;
    for manner in Manner::ALL {
        let now = Instant::now();
        let mut mishap = Mishap::of(1, manner, now);
        story.struck(&mishap)?;
        story.status(counts, [true, false, true])?;
        advance(Duration::from_millis(640)).await;
        mishap.noticed = Some(Instant::now());
        story.noticed(&mishap, &["north", "west"])?;
        story.waits(&question, Some(1))?;
        advance(Duration::from_secs(6)).await;
        story.mended(&mishap)?;
        advance(Duration::from_millis(1_100)).await;
        story.back(&mishap, 1)?;
        story.late(&question, seen(7_740), "south", "dong #12")?;
    }
    let mut mishap = Mishap::of(0, Manner::Killed, Instant::now());
    mishap.by_visitor = true;
    story.struck(&mishap)?;
    mishap.noticed = Some(Instant::now());
    story.noticed(&mishap, &["west"])?;
    story.noticed(&mishap, &[])?;
    story.reset(1)?;
    story.unplanned(2, "is slow today")?;
    story.trouble("14 UNAVAILABLE: no account can do this now, and here is a very long reason for it")?;
    story.again(&question, "north")?;
    story.lost(&question)?;
    story.closing(counts)?;
    let mut tally = Tally::default();
    tally.ask(question);
    story.summary(&tally, &Manner::ALL)?;
    let bytes = paper.0.lock().expect("nobody panicked").clone();
    Ok(visible(&String::from_utf8_lossy(&bytes)))
}

/// What is left of it when the lines at the bottom are taken out.
fn lines(story: &str) -> impl Iterator<Item = &str> {
    story.lines().map(|line| line.rsplit("␍⟨2K⟩").next().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn the_story_on_80_columns() {
    let told = story(|| Some(80), false).await.expect("paper takes all");
    assert_eq!(lines(&told).find(|line| line.chars().count() > 79), None);
    insta::assert_snapshot!("story_80", told);
}

#[tokio::test(start_paused = true)]
async fn the_story_in_colours_is_the_same_text() {
    insta::assert_snapshot!("story_80_colours", story(|| Some(80), true).await.expect("paper takes all"));
    for columns in [|| Some(80), || Some(120), || Some(40)] as [fn() -> Option<usize>; 3] {
        let coloured = story(columns, true).await.expect("paper takes all");
        // Blanks at a line's end are nothing to see, in whichever colour.
        let trimmed = |told: &str| told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        let plain: String = coloured
            .split('⟨')
            .map(|it| match it.split_once('⟩') {
                Some(("2K", rest)) => format!("⟨2K⟩{rest}"),
                Some((_, rest)) => rest.to_owned(),
                None => it.to_owned(),
            })
            .collect();
        assert_eq!(trimmed(&plain), trimmed(&story(columns, false).await.expect("paper takes all")));
    }
}

/// What was drawn at the bottom, each time that it changed.
fn bottom(story: &str) -> String {
    let drawn = story.split("␍⟨2K⟩").skip(1).filter_map(|drawn| drawn.split('\n').next());
    let mut drawn: Vec<&str> = drawn.filter(|line| line.trim_start().starts_with(['●', '○'])).collect();
    drawn.dedup();
    drawn.join("\n")
}

#[tokio::test(start_paused = true)]
async fn the_lines_are_the_same_on_120_columns_and_the_line_at_the_bottom_fits() {
    let wide = story(|| Some(120), false).await.expect("paper takes all");
    let usual = story(|| Some(80), false).await.expect("paper takes all");
    assert!(lines(&wide).eq(lines(&usual)), "every line fits into 80 columns, and is not wider on 120");
    let narrow = story(|| Some(40), false).await.expect("paper takes all");
    let drawn = [(40, narrow), (80, usual), (120, wide)].map(|(columns, story)| {
        let bottom = bottom(&story);
        assert_eq!(bottom.lines().find(|line| line.chars().count() >= columns), None);
        format!("{columns}\n{bottom}")
    });
    insta::assert_snapshot!("bottom", drawn.join("\n"));
}

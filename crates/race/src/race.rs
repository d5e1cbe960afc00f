//! A scenario is run: all contenders stand, and are measured in turns, several times.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};

use crate::{
    caller::{Steady, flood, steady},
    contender::{Builds, Contender, Kind},
    figures::{Figures, Row, Sample},
    scenario::{Reach, Scenario},
    town::Town,
};

/// How often, and for how long each time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) lasts: Duration,
    pub(crate) is_quick: bool,
}

/// Before anything counts, each is called for so long.
const WARM: Duration = Duration::from_secs(1);

/// Runs one; `say` is told how far it is.
pub(crate) async fn run(
    scenario: Scenario,
    plan: Plan,
    town: &Town,
    builds: Builds<'_>,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let mut contenders = Vec::new();
    for kind in scenario.contenders(plan.is_quick, builds.beside.is_some()) {
        let started = Contender::start(kind, town, builds).await;
        contenders.push((started.with_context(|| format!("{} does not start", kind.name()))?, Vec::new()));
    }
    for (contender, _) in &contenders {
        flood(&contender.door, &scenario.ask(), WARM, folder.path())
            .await
            .with_context(|| contender.kind.name())?;
    }
    for round in 0..plan.rounds {
        say(&format!("{}: round {} of {}", scenario.name(), round + 1, plan.rounds));
        // Whoever comes first does so in one round alone.
        let count = contenders.len();
        for place in 0..count {
            let (contender, samples) = &mut contenders[(place + round) % count];
            let sample = sample(scenario, plan, town, contender, folder.path()).await;
            samples.push(sample.with_context(|| contender.kind.name())?);
        }
    }
    let rows = contenders.into_iter().map(|(contender, samples)| {
        Ok(Row { scenario, kind: contender.kind, figures: Figures::of(&samples, contender.peak()?) })
    });
    rows.collect()
}

async fn sample(
    scenario: Scenario,
    plan: Plan,
    town: &Town,
    contender: &Contender,
    folder: &Path,
) -> Result<Sample> {
    let ask = scenario.ask();
    let (before, came) = (contender.taken(town).await?, town.calls());
    let flood = flood(&contender.door, &ask, plan.lasts, folder).await?;
    let taken = contender.taken(town).await?.saturating_sub(before);
    let came = town.calls() - came;
    // Accounts have a heartbeat; a call that is on its way at the end is not counted.
    let is_reached = came >= flood.calls && came < flood.calls + flood.calls / 10 + 1_000;
    let is_as_expected = match scenario.reach() {
        Reach::Each => is_reached,
        Reach::Proxied => match contender.kind {
            Kind::Gateway(_) | Kind::Beside(_) => came < 100,
            Kind::Direct | Kind::Haproxy | Kind::Nginx => is_reached,
        },
    };
    ensure!(is_as_expected, "of {} calls that were answered, {came} reached an account", flood.calls);
    let rate = Steady { per_second: scenario.moderate(), lasts: plan.lasts };
    let took = steady(&contender.door, &ask, rate).await?;
    Ok(Sample { taken, flood, took })
}

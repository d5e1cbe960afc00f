//! A scenario is run: all contenders stand, and are measured in turns, several times.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};

use crate::{
    caller::{Steady, flood, steady},
    certificate::Certificate,
    contender::{Builds, Contender, Kind},
    events,
    figures::{Figures, Row, Sample},
    scenario::{Reach, Scenario},
    town::{MESSAGE, Telling},
};

/// How often, and for how long each time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) rounds: usize,
    pub(crate) lasts: Duration,
    pub(crate) is_quick: bool,
    /// Only those whose names hold one of these, or all.
    pub(crate) only: &'a [String],
}

/// Before anything counts, each is called for so long.
const WARM: Duration = Duration::from_secs(1);

/// Runs one; `say` is told how far it is.
pub(crate) async fn run(
    scenario: Scenario,
    plan: Plan<'_>,
    builds: Builds<'_>,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let certificate = scenario.terms().is_tls.then(Certificate::make).transpose()?;
    let mut contenders = Vec::new();
    for kind in scenario.contenders(plan.is_quick, builds.beside.is_some()) {
        if !plan.only.is_empty() && !plan.only.iter().any(|it| kind.name().contains(it.as_str())) {
            continue;
        }
        say(&format!("{}: {} starts", scenario.name(), kind.name()));
        let started = Contender::start(kind, builds, certificate.as_ref()).await;
        contenders.push((started.with_context(|| format!("{} does not start", kind.name()))?, Vec::new()));
    }
    if scenario == Scenario::PayloadKept {
        for (contender, _) in &contenders {
            contender.town.tell(Telling::once(MESSAGE)).await?;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let warm = Plan { lasts: WARM, ..plan };
    for (contender, _) in &mut contenders {
        sample(scenario, warm, contender, folder.path()).await.with_context(|| contender.kind.name())?;
    }
    for round in 0..plan.rounds {
        say(&format!("{}: round {} of {}", scenario.name(), round + 1, plan.rounds));
        // Whoever comes first does so in one round alone.
        let count = contenders.len();
        for place in 0..count {
            let (contender, samples) = &mut contenders[(place + round) % count];
            let sample = sample(scenario, plan, contender, folder.path()).await;
            samples.push(sample.with_context(|| contender.kind.name())?);
        }
    }
    let rows = contenders.into_iter().map(|(contender, samples)| {
        Ok(Row { scenario, kind: contender.kind, figures: Figures::of(&samples, contender.peak()?) })
    });
    rows.collect()
}

/// One turn.
async fn sample(
    scenario: Scenario,
    plan: Plan<'_>,
    contender: &mut Contender,
    folder: &Path,
) -> Result<Sample> {
    let terms = scenario.terms();
    if scenario == Scenario::Events {
        return events::sample(terms.moderate, plan.lasts, contender).await;
    }
    let ask = scenario.ask(contender.kind);
    let (before, came) = (contender.taken().await?, contender.town.calls());
    let flood = flood(&contender.door, &ask, terms.load, plan.lasts, folder).await?;
    let taken = contender.taken().await?.saturating_sub(before);
    let came = contender.town.calls() - came;
    let is_reached = match terms.reach {
        Reach::Any => true,
        Reach::Remembered if contender.kind.shape().is_some() => came < 100,
        // What is on its way at the end is not counted by who called; all have a heartbeat.
        Reach::Remembered | Reach::Each => {
            contender.kind == Kind::Stock || came >= flood.calls && came < flood.calls * 11 / 10 + 1_000
        }
    };
    ensure!(is_reached, "of {} calls that were answered, {came} reached an account", flood.calls);
    let rate = Steady { per_second: terms.moderate, connections: terms.load.connections, lasts: plan.lasts };
    let took = steady(&contender.door, &ask, rate).await?;
    Ok(Sample { taken, calls: flood.calls, per_second: flood.per_second, took })
}

//! The page on which what happened is gone through step by step: what, and what the team knew then. Never what was said.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use ha_wechaty_core::{AccountId, Subject, Time};
use ha_wechaty_team::view::{ReplayMark, ReplayScene, ReplayStand, ReplayStatus, ReplayStep, Standing};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, Wrong, alarms::AlarmRow, is_browser, page};
use crate::{
    api::{self, Replays},
    long::failed,
};

/// So many steps are on the page.
const STEPS: usize = 50;
/// Of so many incidents one can be picked.
const INCIDENTS: usize = 40;
/// So many accounts that do not work are named beside a step.
const NAMED: usize = 4;

/// The page.
#[derive(Debug, Template)]
#[template(path = "replay.html")]
pub(super) struct ReplayPage {
    frame: Frame,
    w: &'static Words,
    incidents: Vec<Choice>,
    accounts: Vec<String>,
    asked: Asked,
    mistake: Option<String>,
    told_from: String,
    /// That the store no longer has what was asked for.
    gone: Option<String>,
    /// Where all is that it has, if that was not asked for.
    whole: Option<String>,
    scene: Option<Scene>,
    steps: Vec<StepRow>,
    quiet: Option<String>,
    earlier: Option<String>,
    later: Option<String>,
}

/// What was asked for, as it stands in the form.
#[derive(Debug, Default, Clone)]
pub(super) struct Asked {
    from: String,
    to: String,
    account: String,
    incident: String,
}

/// An incident that can be picked.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) number: String,
    /// RFC 3339; none while it goes on.
    pub(super) ended: Option<String>,
    pub(super) words: String,
}

/// What the team knew after a step.
#[derive(Debug)]
struct Scene {
    at: String,
    when: String,
    what: String,
    team: &'static str,
    tone: Tone,
    accounts: Vec<AccountThen>,
    bots: Vec<(String, Tone, String)>,
    incidents: Vec<(String, String)>,
    alarms: Vec<AlarmRow>,
    before: Option<String>,
    after: Option<String>,
}

/// What it knew of an account.
#[derive(Debug)]
struct AccountThen {
    name: String,
    tone: Tone,
    standing: &'static str,
    since: String,
    text: String,
}

/// A step in the table.
#[derive(Debug)]
struct StepRow {
    link: String,
    is_shown: bool,
    at: String,
    /// The day, where it is another one than that of the step before.
    day: Option<String>,
    when: String,
    quiet: Option<String>,
    what: String,
    news: Vec<(&'static str, String)>,
    tone: Tone,
    works: String,
    /// Those that do not work, and where they stand.
    others: Vec<(Tone, String)>,
    more: usize,
}

impl Asked {
    pub(super) fn of(query: &[(String, String)]) -> Self {
        let value = |name: &str| {
            query.iter().find(|(its, _)| its == name).map_or_else(String::new, |(_, value)| value.clone())
        };
        Self { from: value("from"), to: value("to"), account: value("account"), incident: value("incident") }
    }

    /// The same later: what is a while ago then is the time that it was.
    fn kept(&self, told: &ReplayStatus) -> Self {
        let kept = |asked: &String, told: &Option<String>| told.clone().unwrap_or_else(|| asked.clone());
        Self { from: kept(&self.from, &told.from), to: kept(&self.to, &told.to), ..self.clone() }
    }

    /// The page that begins with this step, with what was known after one of them.
    fn link(&self, step: ReplayMark, scene: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let given = [
            ("from", &self.from),
            ("to", &self.to),
            ("account", &self.account),
            ("incident", &self.incident),
        ];
        query.extend_pairs(given.into_iter().filter(|(_, value)| !value.is_empty()));
        query.append_pair("step", &step.to_string()).append_pair("scene", scene);
        format!("/replay?{}#known", query.finish())
    }
}

impl ReplayPage {
    /// With nothing told yet.
    pub(super) fn of(frame: Frame, asked: Asked, incidents: Vec<Choice>, accounts: Vec<String>) -> Self {
        Self {
            w: frame.lang.words(),
            frame,
            incidents,
            accounts,
            asked,
            mistake: None,
            told_from: String::new(),
            gone: None,
            whole: None,
            scene: None,
            steps: Vec::new(),
            quiet: None,
            earlier: None,
            later: None,
        }
    }

    /// This is told.
    pub(super) fn fill(&mut self, told: &ReplayStatus) {
        let (lang, asked) = (self.frame.lang, self.asked.kept(told));
        let since = told.since.as_deref().map(when);
        self.told_from = Say(lang).told_from(since.as_deref());
        self.gone = since.as_deref().filter(|_| told.gone).map(|since| Say(lang).forgotten(since));
        if let Some(since) = &since {
            let picked = &self.asked.incident;
            let is_there = |it: &Choice| it.ended.as_deref().is_none_or(|at| when(at) >= *since);
            self.incidents.retain(|it| is_there(it) || it.number == *picked);
        }
        let first = told.steps.first().map(|it| it.step.mark).unwrap_or_default();
        let mut stand: &[ReplayStand] = &[];
        let (mut steps, mut day) = (Vec::new(), "");
        for (index, row) in told.steps.iter().enumerate() {
            stand = row.stand.as_deref().unwrap_or(stand);
            let ReplayStep { mark, at, what, news, .. } = &row.step;
            let its = at.get(..10).unwrap_or_default();
            let is_new = std::mem::replace(&mut day, its) != its;
            steps.push(StepRow {
                day: is_new.then(|| its.to_owned()),
                link: asked.link(first, &mark.to_string()),
                is_shown: row.scene.is_some(),
                at: at.clone(),
                when: at.get(11..19).unwrap_or(at).to_owned(),
                quiet: Say(lang).quiet(&row.quiet),
                what: lang.passes(what),
                news: news.iter().map(|it| (lang.news(it.kind), it.text.clone())).collect(),
                tone: tone(stand),
                works: format!("{}/{}", stand.iter().filter(|it| works(it)).count(), stand.len()),
                others: others(stand, lang),
                more: stand.iter().filter(|it| !works(it)).count().saturating_sub(NAMED),
            });
            if let Some(scene) = &row.scene {
                let link = |step: Option<&ha_wechaty_team::view::ReplayRow>| {
                    Some(asked.link(first, &step?.step.mark.to_string()))
                };
                let mut scene = Scene::of(&row.step, scene, lang);
                scene.before = match index.checked_sub(1) {
                    Some(before) => link(told.steps.get(before)),
                    None => told.before.map(|step| asked.link(step, FIRST)),
                };
                scene.after =
                    link(told.steps.get(index + 1)).or_else(|| told.next.map(|step| asked.link(step, FIRST)));
                self.scene = Some(scene);
            }
        }
        self.steps = steps;
        self.quiet = Say(lang).quiet(&told.quiet);
        self.earlier = told.earlier.map(|step| asked.link(step, FIRST));
        self.later = told.next.map(|step| asked.link(step, FIRST));
    }
}

/// The first step of a page, whatever its number.
const FIRST: &str = "first";

impl Scene {
    fn of(step: &ReplayStep, it: &ReplayScene, lang: Lang) -> Self {
        let say = Say(lang);
        let accounts = it.accounts.iter().map(|it| AccountThen {
            name: it.name.clone(),
            tone: Tone::of(it.standing),
            standing: lang.standing(it.standing),
            since: say.since(it.seconds.floor()),
            text: it.text.clone(),
        });
        let bots = it.bots.iter().map(|it| {
            let tone = if it.away.is_none() { Tone::Good } else { Tone::Bad };
            (it.name.clone(), tone, say.bot_then(it))
        });
        let incidents = it
            .incidents
            .iter()
            .map(|it| (format!("{} {}", it.about, say.since(it.seconds.floor())), it.cause.clone()));
        Self {
            at: step.at.clone(),
            when: when(&step.at),
            what: lang.passes(&step.what),
            team: lang.pick(
                if it.is_up { "the team is available" } else { "the team is down" },
                if it.is_up { "团队可用" } else { "团队已中断" },
            ),
            tone: if it.is_up { Tone::Good } else { Tone::Bad },
            accounts: accounts.collect(),
            bots: bots.collect(),
            incidents: incidents.collect(),
            alarms: it.alarms.iter().map(|it| AlarmRow::new(it, lang)).collect(),
            before: None,
            after: None,
        }
    }
}

fn works(it: &ReplayStand) -> bool {
    it.standing == Standing::Available
}

/// As bad as it is for the team.
fn tone(stand: &[ReplayStand]) -> Tone {
    match stand.iter().filter(|it| works(it)).count() {
        0 => Tone::Bad,
        some if some < stand.len() => Tone::Odd,
        _ => Tone::Good,
    }
}

fn others(stand: &[ReplayStand], lang: Lang) -> Vec<(Tone, String)> {
    let others = stand.iter().filter(|it| !works(it)).take(NAMED);
    others.map(|it| (Tone::of(it.standing), format!("{} {}", it.name, lang.standing(it.standing)))).collect()
}

/// Of RFC 3339 the day, and the time to the second.
fn when(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}

/// What chooses a part of what there is. Without any it is what happened lately.
const PARTS: [&str; 4] = ["from", "to", "incident", "step"];
const LATELY: &str = "1h";

/// The incidents of which one can be picked, newest first, and the accounts.
type Choices = (Vec<Choice>, Vec<String>);

async fn choices(desk: &Desk) -> Option<Choices> {
    desk.asking
        .look(|team, shared, _| {
            let epoch = std::time::Duration::from_millis(team.epoch().milliseconds().unsigned_abs());
            let incidents = team.incidents().rev().take(INCIDENTS).map(|it| {
                let wall = |at: Time| {
                    let at = std::time::UNIX_EPOCH + epoch + at.since_origin();
                    humantime::format_rfc3339_seconds(at).to_string()
                };
                let (began, ended) = (wall(it.began), it.ended.map(wall));
                let about = match &it.about {
                    Subject::Team => &shared.config.name,
                    Subject::Account(name) | Subject::Bot(name) => name,
                };
                let words = format!("{} {about} ({})", when(&began), it.number);
                Choice { number: it.number.to_string(), ended, words }
            });
            let accounts = AccountId::first(team.accounts().len());
            let accounts = accounts.map(|account| team.identity().name(account).to_owned());
            (incidents.collect(), accounts.collect())
        })
        .await
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    let query = query.0.unwrap_or_default();
    // A form sends what was left empty, too.
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(_, value)| !value.is_empty());
    let mut query: Vec<(String, String)> = query.collect();
    if !is_browser(&headers) {
        return api::told(&desk, query).await.into_response();
    }
    let is_plain = !query.iter().any(|(name, _)| PARTS.contains(&name.as_str()));
    // Whoever fills in the form then is not held to that hour.
    let asked = Asked::of(&query);
    if is_plain {
        query.push((String::from("from"), LATELY.to_owned()));
    }
    let lang = Lang::of(&headers);
    let Some((incidents, accounts)) = choices(&desk).await else { return Wrong::gone(&desk, lang) };
    let frame = Frame::new(&desk, lang, Place::Annals, lang.words().replay);
    let mut made = ReplayPage::of(frame, asked, incidents, accounts);
    query.retain(|(name, _)| name != "limit");
    query.push((String::from("limit"), STEPS.to_string()));
    if !query.iter().any(|(name, _)| name == "scene") {
        let scene = if query.iter().any(|(name, _)| name == "incident") { "incident" } else { FIRST };
        query.push((String::from("scene"), String::from(scene)));
    }
    let Replays { ask, reader } = match Replays::of(&desk, query).await {
        Ok(replays) => replays,
        Err(problem) => {
            let (code, why) = problem.said();
            made.mistake = Some(why);
            return page(code, &made);
        }
    };
    let html = move |story| {
        let told = match api::steps(story, &ask) {
            Ok(told) => told,
            Err(problem) => {
                let (code, why) = problem.said();
                made.mistake = Some(why);
                return Err(Box::new(page(code, &made)));
            }
        };
        made.fill(&told);
        let since = told.since.filter(|_| is_plain);
        made.whole = since.map(|since| {
            let mut whole = form_urlencoded::Serializer::new(String::new());
            whole.append_pair("from", &since);
            if !made.asked.account.is_empty() {
                whole.append_pair("account", &made.asked.account);
            }
            format!("/replay?{}", whole.finish())
        });
        made.render().map(String::into_bytes).map_err(|error| failed(error.to_string()))
    };
    desk.replays.make(Replays::read(reader), "text/html; charset=utf-8", html).await
}

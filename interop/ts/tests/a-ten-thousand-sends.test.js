/**
 * By far the longest: its name lets it begin first, so that nobody waits for it alone at the end.
 *
 * A stock bot sends 10,000 messages over three accounts that are killed (SIGKILL) and started again at
 * random.
 *
 * In a room teammates see what an account said last, and that they did not see it: each message is delivered
 * once, and none ends in an error. This needs a teammate that is there; so one account at a time is killed, and
 * the next one when all are well again. With `when_unsure = "at-least-once"` nobody waits for the proof.
 *
 * What an account said to a person before it died, nobody else can know: no teammate sees it, and the
 * protocol has no way to ask an account afterwards what it sent. There, at most once is all that can be had:
 * an error at the bot, for a send in flight at a kill, and never two messages.
 *
 * `SENDS` changes the number of sends, `SEED` repeats a run's dice.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Chaos } from '../src/chaos.js'
import { pick, seededRandom, seedOf } from '../src/seeded-random.js'
import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { HEARTBEAT, TEA } from '../src/world.js'

const SENDS = Number(process.env.SENDS ?? 10_000)
const IN_FLIGHT = 16
const LATENCY = 4

/** Where the bot speaks. */
const IN_THE_ROOM = ({ Room }) => Promise.all([Room.find({ id: TEA })])
const EVERYWHERE = ({ Contact, Room }) => Promise.all([
  Room.find({ id: TEA }), Contact.find({ id: 'wxid_alice' }), Contact.find({ id: 'wxid_bob' }),
])

test('direct: a bot and one account, nobody dies', { timeout: 120_000 }, async t => {
  const sends = Math.ceil(SENDS / 10)
  const stage = await Stage.open(t, { accountTls: 'off', through: 'account' })
  const bot = await stage.openBot()
  const started = performance.now()
  const outcomes = await sendMany(bot, sends, seededRandom(1), EVERYWHERE)
  const seconds = (performance.now() - started) / 1000
  t.diagnostic(`${sends} sends in ${seconds.toFixed(1)} s: ${Math.round(sends / seconds)} per second`)
  assert.equal(outcomes.filter(({ message }) => message).length, sends)
  assert.deepEqual(timesOf(stage.wechat.ledger().map(({ text }) => text)), { 1: sends })
})

test('in a room, with a teammate that is there: no error, and none twice', { timeout: 600_000 }, async t => {
  const course = await runCourse(t, {
    chaos: { onlyWhenAllAreWell: true }, delivery: ['when_unsure = "at-least-once"'], sends: SENDS, where: IN_THE_ROOM,
  })
  await t.test('each was delivered once, and reported so', () => {
    assert.deepEqual(course.errors.map(({ error, text }) => `${text}: ${error.message}`), [])
    assert.deepEqual(course.twice, [])
    assert.deepEqual(course.ok.filter(({ text }) => !course.delivered.has(text)), [])
    assert.equal(course.delivered.size, course.outcomes.length)
  })
  await checkCourse(t, course)
})

test('in a room, with what is set by default: no error, none lost, none twice', { timeout: 900_000 }, async t => {
  const course = await runCourse(t, { chaos: { onlyWhenAllAreWell: true }, sends: Math.ceil(SENDS / 10), where: IN_THE_ROOM })
  await t.test('each was delivered once, and reported so', () => {
    assert.deepEqual(course.errors.map(({ error, text }) => `${text}: ${error.message}`), [])
    assert.deepEqual(course.twice, [])
    assert.deepEqual(course.ok.filter(({ text }) => !course.delivered.has(text)), [])
    assert.equal(course.delivered.size, course.outcomes.length)
  })
  await t.test('the ledger says who would have seen what was not there', async () => {
    const sends = await course.stage.gateway.sends()
    const missed = sends.flatMap(({ tried }) => tried).filter(attempt => attempt.missed_by)
    t.diagnostic(`${missed.length} sends were proved not to be there`)
    for (const { account, missed_by: witness, outcome } of missed) {
      assert.equal(outcome, 'not-sent')
      assert.notEqual(witness, account)
    }
  })
  await checkCourse(t, course)
})

test('to people too, at most once: an error where nobody can know, and none twice', { timeout: 600_000 }, async t => {
  const course = await runCourse(t, { sends: Math.ceil(SENDS / 4), where: EVERYWHERE })
  const { delivered, errors, kills, ok, outcomes } = course
  const sends = outcomes.length
  const surprises = errors.filter(outcome => kills.during(outcome).length === 0)
  await t.test('none was sent twice', () => assert.deepEqual(course.twice, []))
  await t.test('none was reported sent and was not', () => {
    assert.deepEqual(ok.filter(({ text }) => !delivered.has(text)), [])
  })
  await t.test('none was lost without an error at the bot', () => {
    const known = new Set(outcomes.map(({ text }) => text))
    assert.equal(known.size, sends)
    assert.equal(ok.length + errors.length, sends)
    assert.deepEqual([...delivered.keys()].filter(text => !known.has(text)), [])
  })
  await t.test('errors only for sends in flight at a kill', () => {
    assert.deepEqual(surprises.map(({ error, text }) => `${text}: ${error.message}`), [])
    assert.ok(errors.length <= kills.all.length * IN_FLIGHT, `${errors.length} errors at ${kills.all.length} kills`)
  })
  await checkCourse(t, course)
})

/**
 * A bot sends while accounts die; what came of it. It goes on beyond `sends` until the dice were thrown:
 * everybody spoke and was killed, and sends were in flight at a kill. On a fast machine that can take longer.
 */
async function runCourse (t, { chaos: manner, delivery, sends: fewest, where }) {
  const seed = seedOf()
  t.diagnostic(`SEED=${seed}`)
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off', delivery, latency: LATENCY, seed, team: ['burst = "0s"'] })
  const { wechat } = stage
  const bot = await stage.openBot()

  const chaos = new Chaos(wechat, seededRandom(seed), manner)
  const started = performance.now()
  const during = ({ ended, started }) => chaos.kills.filter(({ from, to }) => started <= to && ended >= from)
  const endured = ({ ended, error, started }) => !error && during({ ended, started }).length > 0
  const thrown = outcomes => wechat.accounts.every(({ name }) => chaos.kills.some(({ account }) => account === name)) &&
    chaos.kills.length >= Math.max(3, fewest / 1000) && outcomes.some(endured) &&
    wechat.accounts.every(account => account.ledger().length > fewest / 10)
  let finished = false
  const raging = chaos.rage(() => finished)
  const outcomes = await sendMany(bot, fewest, seededRandom(seed + 1), where, thrown)
  const sends = outcomes.length
  const seconds = (performance.now() - started) / 1000
  finished = true
  await raging

  const delivered = new Map()
  // Not the gateway's own dings.
  const said = wechat.ledger().filter(({ listenerId }) => listenerId !== HEARTBEAT)
  for (const { account, text } of said) delivered.set(text, [...(delivered.get(text) ?? []), account])
  const kills = { all: chaos.kills, during }
  const errors = outcomes.filter(({ error }) => error)
  const ok = outcomes.filter(({ error }) => !error)
  const survived = outcomes.filter(endured)
  const twice = [...delivered].filter(([, accounts]) => accounts.length > 1)
  const unresolved = ok.filter(({ message }) => !message)
  t.diagnostic([
    `${sends} sends in ${seconds.toFixed(1)} s (${Math.round(sends / seconds)} per second)`,
    `${ok.length} ok, ${errors.length} errors (of which ${errors.filter(({ text }) => delivered.has(text)).length} had been delivered), ${twice.length} twice`,
    `${chaos.kills.length} kills, ${chaos.restarts} restarts, ${survived.length} sends in flight at a kill and ok`,
    `${unresolved.length} sent but not readable at once`,
    `by account: ${JSON.stringify(countsOf(wechat.ledger(), ({ account }) => account))}`,
  ].join('; '))
  const words = countsOf(errors, ({ error }) => error.message.replace(/[0-9a-z]+-[0-9a-z]+-\d+/g, '…').slice(0, 160))
  for (const [text, count] of Object.entries(words)) t.diagnostic(`${count} × ${text}`)
  return { bot, delivered, errors, kills, ok, outcomes, restarts: chaos.restarts, stage, twice, unresolved, wechat }
}

/** What holds whatever the bot wants. */
async function checkCourse (t, { bot, kills, restarts, stage, unresolved, wechat }) {
  await t.test('whoever was killed came back, and what was sent can be read', () => {
    assert.equal(restarts, kills.all.length)
    assert.ok(unresolved.length <= kills.all.length * IN_FLIGHT, `${unresolved.length} not readable`)
  })
  await t.test('the bot was never logged out, and heard nothing twice', async () => {
    assert.deepEqual([bot.logins, bot.logouts], [[stage.self], []])
    await wechat.sayInRoom('wxid_alice', TEA, 'the end')
    await bot.untilHeard('the end', 60_000)
    const heard = timesOf(bot.texts())
    t.diagnostic(`heard of its own messages: ${JSON.stringify(heard)}`)
    assert.deepEqual(Object.keys(heard), ['1'])
  })
  await t.test('in the end everybody is up', async () => {
    await until(() => wechat.accounts.every(({ watched }) => watched), { what: 'all accounts are watched' })
  })
}

/** Says so many different things there, and more until it is enough: [{ text, started, ended, message | error }]. */
async function sendMany (bot, sends, random, where, enough = () => true) {
  const targets = await where(bot.wechaty)
  const outcomes = []
  let next = 0
  const sender = async () => {
    while (next < sends || !enough(outcomes)) {
      const text = `message ${next++}`
      const started = performance.now()
      try {
        const message = await pick(random, targets).say(text)
        outcomes.push({ ended: performance.now(), message: Boolean(message), started, text })
      } catch (error) {
        outcomes.push({ ended: performance.now(), error, started, text })
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender))
  return outcomes
}

/** How many there are of each kind. */
function countsOf (things, kindOf = thing => thing) {
  const counts = {}
  for (const thing of things) counts[kindOf(thing)] = (counts[kindOf(thing)] ?? 0) + 1
  return counts
}

/** How many texts occur once, how many twice, … */
const timesOf = texts => countsOf(Object.values(countsOf(texts)))

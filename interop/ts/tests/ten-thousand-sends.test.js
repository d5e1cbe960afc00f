/**
 * A stock bot sends 10,000 messages over three accounts that are killed (SIGKILL) and started again at
 * random. None may be sent twice; none may be lost without an error at the bot; and an error is allowed
 * only where nobody can know whether the dead account had sent: for a send in flight at a kill.
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
import { TEA } from '../src/world.js'

const SENDS = Number(process.env.SENDS ?? 10_000)
const IN_FLIGHT = 16
const LATENCY = 4

test('direct: a bot and one account, nobody dies', { timeout: 120_000 }, async t => {
  const sends = Math.ceil(SENDS / 10)
  const stage = await Stage.open(t, { accountTls: 'off', through: 'account' })
  const bot = await stage.openBot()
  const started = performance.now()
  const outcomes = await sendMany(bot, sends, seededRandom(1))
  const seconds = (performance.now() - started) / 1000
  t.diagnostic(`${sends} sends in ${seconds.toFixed(1)} s: ${Math.round(sends / seconds)} per second`)
  assert.equal(outcomes.filter(({ message }) => message).length, sends)
  assert.deepEqual(timesOf(stage.wechat.ledger().map(({ text }) => text)), { 1: sends })
})

test('through the gateway, accounts die at random', { timeout: 600_000 }, async t => {
  const seed = seedOf()
  t.diagnostic(`SEED=${seed}`)
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off', latency: LATENCY, seed })
  const { wechat } = stage
  const bot = await stage.openBot()

  const chaos = new Chaos(wechat, seededRandom(seed))
  const started = performance.now()
  const sending = sendMany(bot, SENDS, seededRandom(seed + 1))
  let finished = false
  const raging = chaos.rage(() => finished)
  const outcomes = await sending
  const seconds = (performance.now() - started) / 1000
  finished = true
  await raging

  const delivered = new Map()
  for (const { account, text } of wechat.ledger()) delivered.set(text, [...(delivered.get(text) ?? []), account])
  const errors = outcomes.filter(({ error }) => error)
  const ok = outcomes.filter(({ error }) => !error)
  const inFlightAt = ({ ended, started }) => chaos.kills.filter(({ from, to }) => started <= to && ended >= from)
  const surprises = errors.filter(outcome => inFlightAt(outcome).length === 0)
  const survived = ok.filter(outcome => inFlightAt(outcome).length > 0)
  const deliveredAnyway = errors.filter(({ text }) => delivered.has(text))
  const unresolved = ok.filter(({ message }) => !message)
  t.diagnostic([
    `${SENDS} sends in ${seconds.toFixed(1)} s (${Math.round(SENDS / seconds)} per second)`,
    `${ok.length} ok, ${errors.length} errors (of which ${deliveredAnyway.length} had been delivered)`,
    `${chaos.kills.length} kills, ${chaos.restarts} restarts, ${survived.length} sends in flight at a kill and ok`,
    `${unresolved.length} sent but not readable at once`,
    `by account: ${JSON.stringify(countsOf(wechat.ledger(), ({ account }) => account))}`,
  ].join('; '))
  const words = countsOf(errors, ({ error }) => error.message.replace(/[0-9a-z]+-[0-9a-z]+-\d+/g, '…').slice(0, 160))
  for (const [text, count] of Object.entries(words)) t.diagnostic(`${count} × ${text}`)

  await t.test('the dice were thrown', () => {
    assert.equal(outcomes.length, SENDS)
    assert.ok(chaos.kills.length >= Math.min(5, SENDS / 1000), `${chaos.kills.length} kills`)
    assert.equal(chaos.restarts, chaos.kills.length)
    assert.ok(survived.length > 0)
    assert.ok(wechat.accounts.every(account => account.ledger().length > SENDS / 10))
  })
  await t.test('none was sent twice', () => {
    assert.deepEqual([...delivered].filter(([, accounts]) => accounts.length > 1), [])
  })
  await t.test('none was reported sent and was not', () => {
    assert.deepEqual(ok.filter(({ text }) => !delivered.has(text)), [])
  })
  await t.test('none was lost without an error at the bot', () => {
    const known = new Set(outcomes.map(({ text }) => text))
    assert.equal(known.size, SENDS)
    assert.equal(ok.length + errors.length, SENDS)
    assert.deepEqual([...delivered.keys()].filter(text => !known.has(text)), [])
  })
  await t.test('errors only for sends in flight at a kill, and few', () => {
    assert.deepEqual(surprises.map(({ error, text }) => `${text}: ${error.message}`), [])
    assert.ok(errors.length <= chaos.kills.length * IN_FLIGHT, `${errors.length} errors at ${chaos.kills.length} kills`)
    assert.ok(errors.length <= SENDS / 20, `${errors.length} errors`)
    assert.ok(unresolved.length <= chaos.kills.length * IN_FLIGHT, `${unresolved.length} not readable`)
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
})

/** Says so many different things to a room and two people: [{ text, started, ended, message | error }]. */
async function sendMany (bot, sends, random) {
  const { Contact, Room } = bot.wechaty
  const targets = [
    await Room.find({ id: TEA }), await Contact.find({ id: 'wxid_alice' }), await Contact.find({ id: 'wxid_bob' }),
  ]
  const outcomes = []
  let next = 0
  const sender = async () => {
    while (next < sends) {
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

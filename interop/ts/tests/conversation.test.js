/**
 * One scripted day of a stock bot, played to one phone directly and to teams through the gateway: what the bot heard
 * and what people saw is the same, in the order of each conversation. `SEED=…` plays one day again, `DAY_HOURS=…`
 * makes it longer, `DAY_TWICE=1` plays it to one phone once more, to show that it is determined, `SHOW=1` prints it.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { awayOf, differences, doneOf, heardOf, oddOf, seenOf, without } from '../src/day/compare.js'
import { arrange } from '../src/day/places.js'
import { playDay } from '../src/day/play.js'
import { drawDay } from '../src/day/script.js'
import { seedOf } from '../src/seeded-random.js'
import { Stage } from '../src/stage.js'

const SEED = seedOf()
const HOURS = Number(process.env.DAY_HOURS ?? 1)
const SCRIPT = drawDay(SEED, HOURS)
const TIMEOUT = 300_000 * HOURS

if (process.env.SHOW) for (const step of SCRIPT) console.log(JSON.stringify(step))

/** A day, played on a fresh stage, with all that is to be compared of it. */
async function day (t, options) {
  const stage = await Stage.open(t, { accountTls: 'off', arrange, botTls: 'off', ...options })
  const played = await playDay(stage, SCRIPT)
  t.diagnostic(`SEED=${SEED}: ${played.bot.heard.length} heard, ${played.wechat.ledger().length} said; seconds: ${JSON.stringify(played.seconds)}`)
  return { away: awayOf(played), day: played, done: await doneOf(played), heard: await heardOf(played), odd: await oddOf(played), seen: await seenOf(played) }
}

function compare (due, is) {
  return [
    ...is.day.late.map(({ scene, what }) => `late, in "${scene}": ${what}`),
    ...without(is.day.bot.failed, due.day.bot.failed).map(what => `the bot failed: ${what}`),
    ...differences('heard', due.heard, is.heard),
    ...differences('people saw', due.seen, is.seen),
    ...differences('done', { accounts: due.done }, { accounts: is.done }),
    ...differences('odd events', { puppet: due.odd }, { puppet: is.odd }),
  ]
}

const report = found => assert.ok(found.length === 0, `SEED=${SEED}, ${found.length} differences:\n${found.join('\n')}`)

let direct
test('direct: a day is worth comparing', { timeout: TIMEOUT }, async t => {
  direct = await day(t, { through: 'account' })
  assert.deepEqual([direct.day.late, direct.day.bot.failed], [[], []])
  assert.ok(direct.day.bot.heard.length > 150)
})

test('direct: it is the same each time', { skip: !process.env.DAY_TWICE, timeout: TIMEOUT }, async t => {
  report(compare(direct, await day(t, { through: 'account' })))
})

for (const accounts of [['north'], ['north', 'south', 'west']]) {
  test(`through the gateway, a team of ${accounts.length}: the same day`, { timeout: TIMEOUT }, async t => {
    const played = await day(t, { accounts, through: 'gateway' })
    report(compare(direct, played))
    assert.deepEqual(played.away.heard, played.away.said, 'what was said while the bot was away: once, and in order')
  })
}

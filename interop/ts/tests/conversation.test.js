/**
 * One scripted day of a stock bot, played to one phone directly and to teams through the gateway: what the bot heard
 * and what people saw is the same, in the order of each conversation. `SEED=…` plays one day again, `DAY_HOURS=…`
 * makes it longer, `DAY_TWICE=1` plays it to one phone once more, to show that it is determined, `SHOW=1` prints it.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compare, likened, live } from '../src/day/day.js'
import { drawDay } from '../src/day/script.js'
import { seedOf } from '../src/seeded-random.js'

const SEED = seedOf()
const HOURS = Number(process.env.DAY_HOURS ?? 1)
const SCRIPT = drawDay(SEED, HOURS)
const TIMEOUT = 300_000 * HOURS

if (process.env.SHOW) for (const step of SCRIPT) console.log(JSON.stringify(step))

const report = found => assert.ok(found.length === 0, `SEED=${SEED}, ${found.length} differences:\n${found.join('\n')}`)

let direct
test('direct: a day is worth comparing', { timeout: TIMEOUT }, async t => {
  direct = await live(t, SCRIPT, { through: 'account' })
  assert.deepEqual([direct.day.late, direct.day.bot.failed], [[], []])
  assert.ok(direct.day.bot.heard.length > 150)
})

test('direct: it is the same each time', { skip: !process.env.DAY_TWICE, timeout: TIMEOUT }, async t => {
  report(compare(direct, await live(t, SCRIPT, { through: 'account' })))
})

const [ONE, THREE] = [['north'], ['north', 'south', 'west']]
for (const [generation, accounts] of [['current', ONE], ['current', THREE], ['juzi', ONE], ['juzi', THREE], [['juzi', 'current', 'current'], THREE]]) {
  test(`through the gateway, accounts of ${generation}, a team of ${accounts.length}: the same day`, { timeout: TIMEOUT }, async t => {
    const played = await live(t, SCRIPT, { accounts, generation, through: 'gateway' })
    report(generation === 'current' ? compare(direct, played) : compare(likened(direct), likened(played)))
    assert.deepEqual(played.away.heard, played.away.said, 'what was said while the bot was away: once, and in order')
  })
}

/**
 * The scripted day of `conversation.test.js` with a bot on the living fork's client: at the fork's accounts, at the community's, and
 * at both in one team it is the day that it lives direct at one of the fork's. `SEED=…` plays one day again.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compare, likened, live } from '../src/day/day.js'
import { drawDay } from '../src/day/script.js'
import { seedOf } from '../src/seeded-random.js'

const SEED = seedOf()
const SCRIPT = drawDay(SEED)
const TIMEOUT = 300_000

let direct
test('direct: a day of the fork’s client is worth comparing', { timeout: TIMEOUT }, async t => {
  direct = await live(t, SCRIPT, { client: 'juzi', generation: 'juzi-mended', through: 'account' })
  assert.deepEqual([direct.day.late, direct.day.bot.failed], [[], []], `SEED=${SEED}`)
  assert.ok(direct.day.bot.heard.length > 150)
})

const [ONE, THREE] = [['north'], ['north', 'south', 'west']]
for (const [generation, accounts] of [['juzi', ONE], ['juzi', THREE], ['current', ONE], ['current', THREE], [['current', 'juzi', 'juzi'], THREE]]) {
  test(`through the gateway, accounts of ${generation}, a team of ${accounts.length}: the same day`, { timeout: TIMEOUT }, async t => {
    const played = await live(t, SCRIPT, { accounts, client: 'juzi', generation, through: 'gateway' })
    const found = compare(likened(direct, 'juzi'), likened(played, 'juzi'))
    assert.ok(found.length === 0, `SEED=${SEED}, ${found.length} differences:\n${found.join('\n')}`)
    const [heard, said] = [played.away.heard, played.away.said].map(inAnyOrder)
    assert.deepEqual(heard, said, 'what was said while the bot was away: once')
  })
}

/** The order is the client's own, see `likened`. */
const inAnyOrder = places => Object.fromEntries(Object.entries(places).map(([where, said]) => [where, said.toSorted()]))

/**
 * The gateway is killed (`kill -9`) at random moments, and goes on from its store, while people talk at stock accounts
 * and stock bots answer with texts and files, in rooms and to people. Both ends write down what they saw: nothing is lost,
 * doubled or out of order in a conversation, nothing is over pace, and the gateway's own ledger agrees.
 *
 *     KILLS=1000 SEED=7 node --test tests/kills.test.js
 *
 * `KEEP=1` leaves what everybody wrote down where it is, and says where.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Course } from '../src/kills/course.js'
import { judge } from '../src/kills/judge.js'
import { seedOf } from '../src/seeded-random.js'

const KILLS = Number(process.env.KILLS ?? 50)

test('a gateway that is killed again and again forgets nothing', { timeout: 300_000 + KILLS * 10_000 }, async t => {
  const seed = seedOf()
  t.diagnostic(`SEED=${seed} KILLS=${KILLS}`)
  const begun = performance.now()
  const course = await Course.open(seed)
  t.after(async () => {
    const kept = await course.close({ keep: Boolean(process.env.KEEP) })
    if (kept) t.diagnostic(`kept: ${kept}`)
  })
  await course.rage(KILLS, killed => {
    if (killed % 100 === 0) console.log(`# ${killed} kills after ${Math.round((performance.now() - begun) / 1000)} s`)
  })
  await course.rest()
  t.diagnostic(`${KILLS} kills in ${Math.round((performance.now() - begun) / 1000)} s`)
  const { faults, figures } = judge({ ...course, accounts: course.accounts, said: course.talk.said })
  for (const [name, of] of Object.entries(figures)) t.diagnostic(`${name}: ${JSON.stringify(of)}`)
  await t.test('nothing is lost, doubled, out of order or over pace', () => {
    assert.deepEqual(faults.slice(0, 50), [], `${faults.length} faults`)
  })
  await t.test('all came to rest', () => assert.equal(course.restless, undefined))
  await t.test('the gateway ended well, and its store is whole', () => {
    assert.equal(course.code, 0)
    t.diagnostic(course.checked.trim())
  })
})

/**
 * The gateway ends, cleanly or not, and starts again, at random moments after its bots have connected, while people
 * talk and while nobody does: each stock bot, with the settings that docs/bots.md gives, hears again soon after the
 * gateway is back, nothing twice, and nothing that it asks is refused.
 *
 *     RESTARTS=100 SEED=7 node --test tests/restarts.test.js
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LastingBot } from '../src/lasting-bot.js'
import { PythonBot } from '../src/python-bot.js'
import { seededRandom, seedOf } from '../src/seeded-random.js'
import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

const RESTARTS = Number(process.env.RESTARTS ?? 6)
/** A bot hears again within so many milliseconds of the gateway's return. */
const SOON = 10_000
/** A restart comes at most so many milliseconds after the bots have connected. */
const LATEST = RESTARTS > 10 ? 15_000 : 4_000

test('stock bots hear again soon after each restart of the gateway', { timeout: 120_000 + RESTARTS * 60_000 }, async t => {
  const seed = seedOf()
  t.diagnostic(`SEED=${seed} RESTARTS=${RESTARTS}`)
  const random = seededRandom(seed)
  const stage = await Stage.open(t, { accountTls: 'off', accounts: ['north', 'south'], botTls: 'off' })
  const { gateway, wechat } = stage
  const typescript = await LastingBot.open('TypeScript', stage.door)
  t.after(() => typescript.close())
  const python = await PythonBot.open(stage.door, ['stays'])
  t.after(() => python.close())
  const bots = [
    { name: 'TypeScript', texts: () => typescript.texts },
    { name: 'Python', texts: () => python.all('message').filter(({ self }) => !self).map(({ text }) => text) },
  ]

  /** Says it to whoever is there until each bot has heard one of the probes; how long each took. */
  let probes = 0
  const untilAllHear = async (what, since, within) => {
    const first = probes
    const after = {}
    await until(async () => {
      await wechat.sayInRoom('wxid_alice', TEA, `probe ${probes++}`)
      await new Promise(resolve => setTimeout(resolve, 100))
      for (const { name, texts } of bots) {
        const isHeard = texts().some(text => text.startsWith('probe ') && Number(text.slice(6)) >= first)
        if (isHeard) after[name] ??= Math.round(performance.now() - since)
      }
      return Object.keys(after).length === bots.length
    }, { seen: () => after, what, within })
    return after
  }

  const away = []
  const slowest = Object.fromEntries(bots.map(({ name }) => [name, 0]))
  let dings = 0
  await untilAllHear('the bots hear at first', performance.now(), 60_000)
  for (let round = 1; round <= RESTARTS; round++) {
    const [wait, isBusy, signal] = [random() * LATEST, random() < 0.5, random() < 0.5 ? 'SIGKILL' : 'SIGTERM']
    const end = performance.now() + wait
    while (performance.now() < end) {
      if (isBusy) await wechat.sayInRoom('wxid_bob', TEA, `ding ${dings++}`)
      await new Promise(resolve => setTimeout(resolve, Math.min(isBusy ? 200 : 20, Math.max(0, end - performance.now()))))
    }
    const gone = Date.now()
    await gateway.stop(signal)
    await gateway.start()
    const back = performance.now()
    away.push([gone, Date.now()])
    const manner = `restart ${round} (${signal}, ${isBusy ? 'busy' : 'quiet'}, ${Math.round(wait)} ms after the bots heard)`
    const after = await untilAllHear(`all hear again after ${manner}`, back, 90_000)
    t.diagnostic(`${manner}: ${JSON.stringify(after)}`)
    for (const [name, took] of Object.entries(after)) slowest[name] = Math.max(slowest[name], took)
  }
  t.diagnostic(`slowest, in ms: ${JSON.stringify(slowest)}`)

  for (const { name, texts } of bots) {
    const twice = texts().filter((text, index, all) => all.indexOf(text) !== index)
    assert.deepEqual(twice, [], `${name} heard nothing twice`)
    assert.ok(slowest[name] <= SOON, `${name} heard again after ${slowest[name]} ms`)
  }
  const answers = wechat.ledger().map(({ text }) => text).filter(text => text?.startsWith('dong '))
  assert.equal(new Set(answers).size, answers.length, 'no ding was answered twice')
  // What was asked while the gateway was away, or under way when it ended, is nobody's refusal.
  const isExcused = ({ asked, failed }) => away.some(([gone, back]) => asked <= back && failed >= gone)
  assert.deepEqual(typescript.failures.filter(failure => !isExcused(failure)), [], 'nothing was refused')
})

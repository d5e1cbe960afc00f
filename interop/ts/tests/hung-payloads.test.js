/**
 * A puppet tells of a message and never says what it says. Nobody else waits for that: not the next message, not
 * another conversation, and no login, logout, scan or event of a room.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

/** A message that is told of, and never told. */
const unspeakable = n => ({ hangs: true, text: `unspeakable ${n}` })
/** How long anything may take here that does not hang: much longer than it does, much shorter than a try of a read. */
const SOON = 3_000

for (const through of ['account', 'gateway']) {
  test(`${through === 'account' ? 'direct: ' : ''}one message in five hangs, and the others come at once`, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, { accounts: ['north'], through })
    const bot = await stage.openBot()
    const delays = []
    for (let n = 0; n < 20; n++) {
      if (n % 5 === 0) await stage.wechat.sayTo('north', 'wxid_bob', unspeakable(n))
      const before = performance.now()
      await stage.wechat.sayInRoom('wxid_alice', TEA, `message ${n}`)
      await bot.untilHeard(`message ${n}`, SOON)
      delays.push(performance.now() - before)
    }
    const median = delays.toSorted((one, other) => one - other)[10]
    t.diagnostic(`median ${median.toFixed(0)} ms, worst ${Math.max(...delays).toFixed(0)} ms`)
    assert.ok(median < 300, `median ${median} ms`)
    assert.deepEqual(bot.texts(), Array.from({ length: 20 }, (_, n) => `message ${n}`), 'in order')
  })
}

test('a hundred that hang stop nothing', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north'] })
  const bot = await stage.openBot()
  await Promise.all(Array.from({ length: 100 }, (_, n) => stage.wechat.sayTo('north', 'wxid_bob', unspeakable(n))))
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'and yet')
  // Nothing at all was answered for a while, which might be slowness.
  await bot.untilHeard('and yet', 3 * SOON)
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'it moves')
  await bot.untilHeard('it moves', SOON)
})

test('events of rooms, scans and logouts go by one that hangs', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north'] })
  const bot = await stage.openBot()
  const stands = async phase => until(async () => {
    const { accounts: [{ phase: now }] } = await stage.gateway.status()
    return now === phase
  }, { what: `north is ${phase}`, within: SOON })
  await stage.wechat.sayTo('north', 'wxid_bob', unspeakable(1))
  await stage.wechat.emit('room-topic', { changerId: 'wxid_alice', newTopic: 'Coffee', oldTopic: 'Tea room', roomId: TEA, timestamp: Date.now() })
  await bot.untilEvent('room-topic', SOON + 1_000)
  await stage.wechat.sayTo('north', 'wxid_bob', unspeakable(2))
  await stage.wechat.account('north').order('logOut', 'kicked')
  await stands('logged-out')
  await stage.wechat.account('north').order('logIn')
  await stands('available')
})

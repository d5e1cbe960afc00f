/**
 * A stock bot resets, and stops and starts again, in one process: its client destroys its stream without cancelling it
 * on the wire, and opens the next on the same connection. It hears everything afterwards in each mode, with what came
 * in between, and of two bots with one token the one's stop ends nothing for the other.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { NORTH_ONLY, TEA } from '../src/world.js'

const ROUNDS = 10
const streamsOf = async stage => (await stage.gateway.status()).bots[0].streams

for (const mode of ['all', 'standby', 'shard']) {
  test(`${mode}: a bot that resets, or stops and starts, misses nothing`, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, { accounts: ['north', 'south'], bot: [`mode = "${mode}"`] })
    const { wechat } = stage
    const bot = await stage.openBot()
    const said = []
    const say = async (what, text) => {
      said.push(text)
      if (what === 'room') await wechat.sayInRoom('wxid_alice', TEA, text)
      if (what === 'other room') await wechat.sayInRoom('wxid_bob', NORTH_ONLY, text)
      if (what === 'private') await wechat.sayTo('north', 'wxid_bob', text)
    }
    for (let round = 0; round < ROUNDS; round++) {
      await say('room', `before ${round}`)
      await bot.untilHeard(`before ${round}`)
      if (round % 2) {
        await bot.puppet.reset()
        await say('room', `at once ${round}`)
      } else {
        await bot.puppet.stop()
        for (const what of ['room', 'other room', 'private']) await say(what, `gap ${round}, ${what}`)
        await bot.puppet.start()
      }
      await say('private', `after ${round}`)
      await bot.untilHeard(`after ${round}`)
    }
    await until(() => bot.texts().length >= said.length, { seen: () => bot.texts(), what: 'all that was said' })
    assert.deepEqual(bot.texts().sort(), said.sort(), 'each once')
    assert.equal((await streamsOf(stage)).length, 1, 'no stream is left behind')
    assert.ok(wechat.accounts.every(({ counts }) => counts.stop === 0), 'no account was stopped')
  })
}

test('what a bot says itself is not told to it again when it resets', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north', 'south'] })
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  const own = Array.from({ length: 50 }, (_, number) => `own ${number}`)
  await Promise.all(own.map(text => room.say(text)))
  const heard = () => bot.texts().filter(text => text.startsWith('own '))
  await until(() => heard().length >= own.length, { seen: heard, what: 'its own words' })
  await until(async () => (await stage.gateway.status()).team.backlog === 0, {
    seen: async () => (await streamsOf(stage))[0], what: 'all are known to it', within: 10_000,
  })
  await bot.puppet.reset()
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'and now')
  await bot.untilHeard('and now')
  assert.equal(heard().length, own.length, 'each once')
})

test('of two bots with one token the one that stops leaves the other its stream', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north'], botTls: 'off' })
  const { wechat } = stage
  const { LastingBot } = await import('../src/lasting-bot.js')
  const other = await LastingBot.open('the other', stage.door)
  t.after(() => other.close())
  const bot = await stage.openBot()
  for (let round = 0; round < 5; round++) {
    await bot.puppet.reset()
    await wechat.sayInRoom('wxid_alice', TEA, `round ${round}`)
    await until(() => other.texts.includes(`round ${round}`), { seen: () => other.texts, what: `the other hears round ${round}` })
    await bot.untilHeard(`round ${round}`)
  }
  assert.deepEqual(other.texts, [0, 1, 2, 3, 4].map(round => `round ${round}`), 'each once')
})

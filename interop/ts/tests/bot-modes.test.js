/**
 * Two processes of one stock bot with one token: in `standby` one works, and the other one takes over when
 * it is killed; in `shard` each has its own conversations, and gets the others' when they lose their bot.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { BotProcess } from '../src/bot-process.js'
import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

/** So many processes of the ding-dong bot, logged in. */
async function openBots (t, stage, count) {
  const bots = []
  t.after(() => Promise.all(bots.map(async bot => {
    await bot.kill()
    rmSync(bot.home, { force: true, recursive: true })
  })))
  for (let n = 0; n < count; n++) {
    const bot = new BotProcess(stage.door, mkdtempSync(join(tmpdir(), 'bot-')))
    bots.push(bot)
    await bot.start()
  }
  return bots
}

const rolesOf = async stage => (await stage.gateway.status()).bots[0].streams.map(({ role }) => role)

test('standby: the second bot is ready, says nothing, and takes over when the first is killed', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { bot: ['mode = "standby"'] })
  const { wechat } = stage
  const [first, second] = await openBots(t, stage, 2)
  assert.deepEqual(second.logins, [stage.self])
  assert.deepEqual(await rolesOf(stage), ['active', 'standby'])
  const dongs = () => wechat.delivered('dong').length

  for (let round = 1; round <= 5; round++) {
    await wechat.sayInRoom('wxid_alice', TEA, 'ding')
    await until(() => dongs() === round, { seen: dongs, what: `dong ${round}` })
  }
  assert.deepEqual(second.texts, [], 'who waits hears nothing')

  await first.kill()
  await wechat.sayInRoom('wxid_alice', TEA, 'ding')
  await until(() => dongs() === 6, { seen: dongs, what: 'the second bot answers' })
  await until(async () => (await rolesOf(stage)).join() === 'active', { what: 'the second bot is the active one' })

  const heard = first.texts.length
  await first.start()
  assert.deepEqual(await rolesOf(stage), ['active', 'standby'], 'who comes back waits')
  await wechat.sayInRoom('wxid_alice', TEA, 'ding')
  await until(() => dongs() === 7, { seen: dongs, what: 'the second bot still answers' })
  await wechat.sayInRoom('wxid_alice', TEA, 'the end')
  await until(() => second.texts.includes('the end'), { what: 'the second bot hears the end' })
  assert.deepEqual([dongs(), first.texts.length], [7, heard], 'one dong per ding, and nothing for who waits')
})

test('shard: each conversation has one bot, and another one when that is killed', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { bot: ['mode = "shard"'] })
  const { wechat } = stage
  const bots = await openBots(t, stage, 3)
  assert.deepEqual(await rolesOf(stage), ['shard', 'shard', 'shard'])
  const dongs = () => wechat.delivered('dong').length
  const dingers = [
    () => wechat.sayInRoom('wxid_alice', TEA, 'ding'),
    ...['wxid_alice', 'wxid_bob'].map(id => () => wechat.sayTo('north', id, 'ding')),
  ]
  const hearers = () => bots.filter(bot => bot.process.exitCode === null && bot.process.signalCode === null)

  let expected = 0
  for (let round = 0; round < 3; round++) {
    const heard = () => hearers().map(bot => bot.texts.filter(text => text === 'ding').length)
    for (const ding of dingers) {
      const before = heard()
      await ding()
      expected += 1
      await until(() => dongs() === expected, { seen: dongs, what: `dong ${expected}` })
      const news = heard().map((count, index) => count - before[index])
      assert.deepEqual(news.filter(count => count > 0), [1], 'one bot heard it, once')
    }
    if (round < 2) await hearers()[0].kill()
  }
  await wechat.sayInRoom('wxid_alice', TEA, 'the end')
  await until(() => hearers()[0].texts.includes('the end'), { what: 'the last bot hears the end' })
  assert.equal(dongs(), expected, 'one dong per ding')
})

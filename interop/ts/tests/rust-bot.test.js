/**
 * The stock Rust SDK: crate `wechaty` 0.1.0-beta.1, as it is published. It opens a stream and never says `Start`, shows no
 * token, and has no files; so direct to a stock service nobody lets it in.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RustBot } from '../src/rust-bot.js'
import { Stage } from '../src/stage.js'
import { untagged } from '../src/transcript.js'
import { TEA } from '../src/world.js'

test('through a gateway where one bot needs no token', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', bot: ['tokenless = true'], botTls: 'off' })
  const { wechat } = stage
  const bot = await RustBot.open(stage.door)
  t.after(() => bot.close())

  await t.test('is told who it is, and lists the contacts', async () => {
    const login = await bot.until('login')
    assert.equal(login.id, stage.self)
    assert.ok(login.contacts >= 3, JSON.stringify(login))
  })

  await t.test('answers a ding of a person', async () => {
    await wechat.sayTo('north', 'wxid_alice', 'ding')
    const heard = await bot.until('message', it => it.text === 'ding')
    assert.deepEqual([heard.talker, heard.room, heard.self], ['wxid_alice', null, false])
    const said = await bot.until('said')
    const [delivered, ...more] = wechat.delivered('dong')
    assert.deepEqual([more, delivered.listenerId, delivered.id], [[], 'wxid_alice', untagged(said.id)])
  })

  await t.test('hears a room once, and answers there', async () => {
    await wechat.sayInRoom('wxid_bob', TEA, 'ding')
    await bot.until('message', it => it.text === 'ding' && it.room === TEA)
    await bot.until('said', it => it !== bot.all('said')[0])
    assert.equal(bot.heard('ding').filter(it => it.room === TEA).length, 1)
    assert.deepEqual(wechat.delivered('dong').map(it => it.roomId ?? it.listenerId), ['wxid_alice', TEA])
  })

  await t.test('is there in the status, as the one bot', async () => {
    const { bots: [main, ...more] } = await stage.gateway.status()
    assert.deepEqual([more, main.streams.map(it => it.without), main.tokenless], [[], ['127.0.0.1'], 'here'])
  })
})

test('through a gateway where every bot needs its token', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', accounts: ['north'], botTls: 'off' })
  const bot = await RustBot.open(stage.door)
  t.after(() => bot.close())
  // What it prints names the setting that helps.
  const { why } = await bot.until('refused')
  assert.match(why, /tokenless = true/)
})

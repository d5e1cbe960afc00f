/**
 * A provider whose accounts have ids of their own (`ids = "own"`): those that WeChat itself has are everybody's all the
 * same, like the file helper, and whom a mention of all means.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { TEA } from '../src/world.js'

const EVERYBODYS = ['filehelper', 'weixin', 'helper-of-ours']
const arrange = world => {
  for (const id of EVERYBODYS) world.contacts[id] = { ...world.contacts.wxid_alice, id, name: id }
}
const DOORS = [
  { accountTls: 'off', name: 'direct to an account', through: 'account' },
  {
    account: ['ids = "own"'], accountTls: 'off', accounts: ['north', 'south'], botTls: 'off', name: 'through the gateway',
    team: ['common_ids = ["helper-of-ours"]'], through: 'gateway',
  },
]

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, { ...door, arrange })
    const { direct, wechat } = stage
    const bot = await stage.openBot()
    const tea = direct ? TEA : `${TEA}~north`

    await t.test('everybody reaches them', async () => {
      for (const id of EVERYBODYS) {
        await bot.puppet.messageSendText(id, `to ${id}`)
        assert.deepEqual(wechat.delivered(`to ${id}`).map(({ listenerId }) => listenerId), [id])
        assert.equal((await bot.puppet.contactPayload(id)).id, id)
      }
    })

    await t.test('what they say is heard as theirs', async () => {
      await wechat.sayTo('north', 'weixin', 'welcome')
      const message = await bot.untilHeard('welcome')
      assert.equal(message.talker().id, 'weixin')
      await message.say('thanks')
      assert.deepEqual(wechat.delivered('thanks').map(({ listenerId }) => listenerId), ['weixin'])
    })

    await t.test('all are mentioned, both ways', async () => {
      for (const all of ['@all', 'announcement@all']) {
        await wechat.sayInRoom('wxid_alice', TEA, { mentionIdList: [all], text: `hear, ${all}` })
        assert.deepEqual((await bot.untilHeard(`hear, ${all}`)).payload.mentionIdList, [all])
        await bot.puppet.messageSendText(tea, `you, ${all}`, [all])
        assert.deepEqual(wechat.delivered(`you, ${all}`).map(({ mentionIdList }) => mentionIdList), [[all]])
      }
    })

    await t.test('other ids are one account\'s', { skip: direct }, async () => {
      await wechat.sayTo('south', 'wxid_bob', 'mine')
      assert.equal((await bot.untilHeard('mine')).talker().id, 'wxid_bob~south')
    })
  })
}

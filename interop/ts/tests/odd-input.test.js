/**
 * What JavaScript peers put on the wire and others would not: half an emoji in any text, and events with fields that are
 * missing, null or of another sort. Direct to an account it works; so it does through the gateway.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

/** Half of 😀: the first, and the second. */
const HIGH = '\ud83d'
const LOW = '\ude00'
/** A half is what a peer makes of it: itself, nothing, or U+FFFD. */
const isHalf = (text, before, after = '') => text.startsWith(before) && text.endsWith(after) &&
  /^(\ud83d|\ude00|\ufffd)*$/u.test(text.slice(before.length, text.length - after.length))

/** Before anybody has seen it. */
const arrange = world => {
  world.contacts.wxid_alice.name = `Alice ${LOW}`
  world.rooms[TEA].topic = `Tea ${LOW}`
}

const DOORS = [
  { accountTls: 'off', name: 'direct to an account', through: 'account' },
  { accountTls: 'off', botTls: 'off', name: 'through the gateway', through: 'gateway' },
]

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, { ...door, arrange })
    const { direct, wechat } = stage
    const bot = await stage.openBot()
    const { puppet } = bot
    const heardLike = (before, after) => until(() => bot.messages.find(message => isHalf(message.text(), before, after)), {
      seen: () => bot.texts(), what: `the bot hears ${before}…`,
    })

    for (const [name, half] of [['the first', HIGH], ['the second', LOW]]) {
      await t.test(`${name} half of an emoji is heard`, async () => {
        await wechat.sayTo('north', 'wxid_alice', `a ${name} ${half}`)
        await heardLike(`a ${name} `)
        await wechat.sayInRoom('wxid_bob', TEA, `b ${name} ${half} end`)
        await heardLike(`b ${name} `, ' end')
      })

      await t.test(`${name} half of an emoji is said`, async () => {
        const text = `said ${name} ${half}${half === LOW ? ' end' : ''}`
        await puppet.messageSendText(TEA, text)
        assert.equal(wechat.ledger().filter(message => isHalf(message.text, `said ${name} `, half === LOW ? ' end' : '')).length, 1)
      })
    }

    await t.test('half an emoji in names and topics', async () => {
      assert.ok(isHalf((await puppet.contactPayload('wxid_alice')).name, 'Alice '))
      assert.ok(isHalf((await puppet.roomPayload(TEA)).topic, 'Tea '))
      assert.ok(isHalf((await puppet.roomMemberPayload(TEA, 'wxid_alice')).name, 'Alice '))
    })

    await t.test('a file whose name has half an emoji', async () => {
      await wechat.sayTo('north', 'wxid_alice', { file: { bytes: Buffer.from('tea'), name: `cup${LOW}.png` }, text: '<half/>' })
      const message = await bot.untilHeard('<half/>')
      const box = await message.toFileBox()
      assert.ok(isHalf(box.name, 'cup', '.png'), box.name)
      assert.equal(String(await box.toBuffer()), 'tea')
    })

    const seen = []
    for (const name of ['room-join', 'room-leave', 'room-topic']) puppet.on(name, payload => seen.push({ name, ...payload }))
    let number = 0
    const events = {
      'room-join': { inviteeIdList: ['wxid_bob'], inviterId: 'wxid_alice', roomId: TEA, timestamp: 1_700_000_000 },
      'room-leave': { removeeIdList: ['wxid_bob'], removerId: 'wxid_alice', roomId: TEA, timestamp: 1_700_000_000 },
      'room-topic': { changerId: 'wxid_alice', newTopic: '', oldTopic: 'old', roomId: TEA, timestamp: 1_700_000_000 },
    }
    const odd = [
      { inviterId: null, removerId: null, changerId: null }, { inviterId: undefined, removerId: undefined, changerId: undefined },
      { timestamp: null }, { timestamp: undefined }, { timestamp: '1700000000' }, { timestamp: '2023-11-14T22:13:20.000Z' },
      { timestamp: 1_700_000_000.5 }, { timestamp: 0 }, { timestamp: {} }, { oldTopic: null }, { oldTopic: `half ${HIGH}` }, { more: { of: [HIGH] } },
    ]
    await t.test('an odd field costs itself and not the event', async () => {
      for (const change of odd) {
        for (const [name, whole] of Object.entries(events)) {
          // So that none is taken for the one before it.
          const person = `wxid_new_${++number}`
          const about = name === 'room-topic' ? { newTopic: person } : name === 'room-join' ? { inviteeIdList: [person] } : { removeeIdList: [person] }
          await wechat.emit(name, { ...whole, ...about, ...change })
          const event = await until(() => seen.find(event => JSON.stringify(event).includes(`"${person}"`)), {
            what: `${name} with ${JSON.stringify(change)}`, within: 5_000,
          })
          assert.equal(event.roomId, TEA)
          if (direct) continue
          // What old clients need is filled in.
          for (const [key, value] of Object.entries(event)) assert.ok(value !== null && value !== undefined, key)
          assert.equal(typeof event.timestamp, 'number')
          assert.ok(event.timestamp >= 1_700_000_000)
        }
      }
      await until(() => direct || seen.length === odd.length * 3, { seen: () => seen.length, what: 'each once' })
    })

    await t.test('people came of whom nobody says who', async () => {
      const before = seen.length
      await wechat.emit('room-join', { ...events['room-join'], inviteeIdList: [] }, ['north'])
      const event = await until(() => seen[before], { what: 'a room-join without people' })
      assert.deepEqual([event.name, event.inviteeIdList], ['room-join', []])
    })

    await t.test('nothing of that took anybody out', async () => {
      await wechat.sayTo('north', 'wxid_alice', 'all well?')
      await bot.untilHeard('all well?')
      assert.deepEqual([bot.logins, bot.logouts], [[stage.self], []])
    })
  })
}

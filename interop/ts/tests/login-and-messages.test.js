/**
 * A stock TypeScript bot logs in and talks: private and room messages both ways, each once, with
 * mentions and `self()`; it asks about contacts and rooms, changes them, recalls and forwards. Through
 * the gateway, and direct to one account, over TLS and plaintext: nothing may differ but the identity.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DOORS, Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { NORTH_ONLY, selfOf, TEA } from '../src/world.js'

const MIXED = [
  { accountTls: 'off', botTls: 'community', name: 'through the gateway, TLS for the bot only', through: 'gateway' },
  { accountTls: 'community', botTls: 'off', name: 'through the gateway, TLS for the accounts only', through: 'gateway' },
]

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    // Each message has a speaker of its own.
    const stage = await Stage.open(t, { ...door, team: ['burst = "0s"'] })
    const { wechat } = stage
    const bot = await stage.openBot()
    const { Contact, Room } = bot.wechaty
    const names = () => wechat.accounts.map(({ name }) => name).sort()

    await t.test('logs in once, as the one identity', async () => {
      assert.deepEqual(bot.logins, [stage.self])
      assert.equal(bot.wechaty.currentUser.id, stage.self)
      assert.ok(bot.wechaty.currentUser.name())
    })

    await t.test('hears a private message once, and answers it', async () => {
      await wechat.sayTo('north', 'wxid_alice', 'hello bot')
      const message = await bot.untilHeard('hello bot')
      assert.equal(message.talker().id, 'wxid_alice')
      assert.equal(message.talker().name(), 'Alice')
      assert.equal(message.listener().id, stage.self)
      assert.equal(message.room(), undefined)
      assert.equal(message.self(), false)
      assert.equal(await message.mentionSelf(), false)

      const answer = await message.say('hello Alice')
      assert.ok(answer.id)
      const delivered = wechat.delivered('hello Alice')
      assert.deepEqual(delivered.map(({ listenerId }) => listenerId), ['wxid_alice'])
      assert.equal(delivered[0].account, 'north', 'the answer goes out by the account that was written to')
      assert.equal(untagged(answer.id), delivered[0].id)
    })

    await t.test('hears its own message once, as its own', async () => {
      const echo = await bot.untilHeard('hello Alice')
      assert.equal(echo.self(), true)
      assert.equal(echo.talker().id, stage.self)
      assert.equal(echo.listener().id, 'wxid_alice')
    })

    await t.test('hears what a room says once, whoever of the team heard it', async () => {
      for (let round = 0; round < 20; round++) {
        const copies = await wechat.sayInRoom('wxid_bob', TEA, `round ${round}`)
        assert.equal(Object.keys(copies).length, wechat.accounts.length)
      }
      await wechat.sayInRoom('wxid_bob', TEA, 'again')
      await wechat.sayInRoom('wxid_bob', TEA, 'again')
      await wechat.sayInRoom('wxid_bob', TEA, 'enough')
      const last = await bot.untilHeard('enough')
      await until(() => bot.heard('again').length === 2, { seen: () => bot.texts(), what: 'it was said twice' })

      for (let round = 0; round < 20; round++) assert.equal(bot.heard(`round ${round}`).length, 1, `round ${round}`)
      assert.equal(bot.heard('again').length, 2)
      assert.equal(last.room().id, TEA)
      assert.equal(await last.room().topic(), 'Tea room')
      assert.equal(last.talker().id, 'wxid_bob')
      assert.equal(last.self(), false)
    })

    await t.test('speaks in a room by one account, and is no stranger to its teammates', async () => {
      const room = await Room.find({ topic: 'Tea room' })
      for (let round = 0; round < 9; round++) {
        const said = await room.say(`tea ${round}`)
        assert.equal(said.text(), `tea ${round}`)
        assert.equal(said.self(), true)
        assert.equal(said.talker().id, stage.self)
        assert.equal(wechat.delivered(`tea ${round}`).length, 1)
      }
      const speakers = new Set(wechat.ledger().filter(({ text }) => /^tea \d$/.test(text)).map(({ account }) => account))
      assert.equal(speakers.size, wechat.accounts.length, 'the work is spread over all accounts')

      // Once the echoes of a later message have passed, those of the earlier ones have.
      await wechat.sayInRoom('wxid_bob', TEA, 'that was a lot of tea')
      await bot.untilHeard('that was a lot of tea')
      await until(() => bot.heard('tea 8').length === 1, { seen: () => bot.texts(), what: 'the last echo' })
      for (let round = 0; round < 9; round++) {
        const heard = bot.heard(`tea ${round}`)
        assert.equal(heard.length, 1, `tea ${round} was heard ${heard.length} times`)
        assert.equal(heard[0].self(), true)
      }
    })

    await t.test('is mentioned, and mentions', async () => {
      const mention = { mentionIdList: [selfOf('north'), 'wxid_alice'], text: '@bot @Alice tea?' }
      await wechat.sayInRoom('wxid_bob', TEA, mention)
      const message = await bot.untilHeard(mention.text)
      assert.equal(await message.mentionSelf(), true)
      assert.deepEqual((await message.mentionList()).map(({ id }) => id), [stage.self, 'wxid_alice'])

      const room = await Room.find({ topic: 'Tea room' })
      const bob = await Contact.find({ name: 'Bob' })
      await room.say('yes please', bob)
      const [delivered] = wechat.ledger().filter(({ text }) => text.endsWith('yes please'))
      assert.equal(delivered.text, '@Bob of Tea room yes please')
      assert.deepEqual(delivered.mentionIdList, ['wxid_bob'])
    })

    await t.test('knows its contacts and rooms', async () => {
      const alice = await Contact.find({ name: 'Alice' })
      assert.deepEqual([alice.id, await alice.alias(), alice.friend(), alice.self()], ['wxid_alice', 'Ali', true, false])
      assert.equal((await Contact.find({ alias: 'Bobby' })).id, 'wxid_bob')
      assert.equal(await Contact.find({ name: 'Nobody' }), undefined)

      const ids = (await Contact.findAll()).map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length, 'no contact twice')
      assert.ok(ids.includes('wxid_alice') && ids.includes('wxid_bob') && ids.includes(stage.self))
      if (!stage.direct) assert.deepEqual(ids.filter(id => wechat.accounts.some(({ self }) => self === id)), [])

      const rooms = await Room.findAll()
      assert.deepEqual(rooms.map(({ id }) => id).sort(), [NORTH_ONLY, TEA].sort())
      const room = rooms.find(({ id }) => id === TEA)
      const members = (await room.memberAll()).map(({ id }) => id)
      assert.deepEqual(members.sort(), [stage.self, 'wxid_alice', 'wxid_bob'].sort())
      assert.equal(room.owner().id, 'wxid_alice')
      assert.equal((await Room.find({ id: NORTH_ONLY })).owner().id, stage.self)
      assert.equal(await room.has(bot.wechaty.currentUser), true)
      assert.equal(await room.alias(await Contact.find({ name: 'Bob' })), 'Bob of Tea room')
      assert.equal(await room.announce(), 'Welcome to Tea room')
    })

    await t.test('changes an alias, a room topic, an announcement', async () => {
      const alice = await Contact.find({ name: 'Alice' })
      await alice.alias('Alice the Great')
      // a stock client deletes its stored copy without waiting for it, and may read that copy once more
      await until(async () => {
        if (await alice.alias() === 'Alice the Great') return true
        await alice.sync()
        return false
      }, { what: 'the bot sees the new alias' })
      assert.deepEqual(wechat.acts('contactAlias').map(({ account }) => account).sort(), names(), 'every account notes it')

      const room = await Room.find({ topic: 'Tea room' })
      await room.topic('Coffee room')
      const [changed, newTopic, oldTopic, changer] = await bot.untilEvent('room-topic')
      assert.deepEqual([changed.id, newTopic, oldTopic, changer.id], [TEA, 'Coffee room', 'Tea room', stage.self])
      await until(async () => await room.topic() === 'Coffee room', { what: 'the bot sees the new topic' })
      assert.equal(wechat.acts('roomTopic').length, 1)
      assert.equal(bot.events.filter(({ name }) => name === 'room-topic').length, 1)

      await room.announce('No tea today')
      assert.deepEqual(wechat.acts('roomAnnounce').map(({ args }) => args), [[TEA, 'No tea today']])
      await until(async () => await room.announce() === 'No tea today', { what: 'the new announcement' })
    })

    await t.test('reaches by the right account a room that only one is in', async () => {
      const room = await Room.find({ id: NORTH_ONLY })
      for (let round = 0; round < 6; round++) assert.ok(await room.say(`only ${round}`))
      const speakers = wechat.ledger().filter(({ text }) => /^only \d$/.test(text)).map(({ account }) => account)
      assert.deepEqual(speakers, Array(6).fill('north'))
    })

    await t.test('recalls what it said, by the account that said it', async () => {
      const room = await Room.find({ id: TEA })
      for (let round = 0; round < 3; round++) {
        const said = await room.say(`oops ${round}`)
        assert.equal(await said.recall(), true)
        const [{ account, id }] = wechat.delivered(`oops ${round}`)
        const { args, ...recall } = wechat.acts('messageRecall').at(-1)
        assert.deepEqual({ account: recall.account, id: args[0] }, { account, id })
      }
      assert.equal(wechat.acts('messageRecall').length, 3)
    })

    await t.test('forwards what it heard', async () => {
      await wechat.sayTo('north', 'wxid_alice', 'tell Bob')
      const message = await bot.untilHeard('tell Bob')
      const bob = await Contact.find({ name: 'Bob' })
      const forwarded = await message.forward(bob)
      assert.equal(forwarded.text(), 'tell Bob')
      const [delivered] = wechat.delivered('tell Bob')
      assert.deepEqual([delivered.account, delivered.listenerId], ['north', 'wxid_bob'])
      assert.equal(delivered.forwarded, untagged(message.id))
    })

    await t.test('took no account down with it', async () => {
      await bot.close()
      stage.bots = []
      if (stage.direct) return
      for (const account of wechat.accounts) {
        assert.deepEqual([account.counts.stop, account.counts.logout, account.loggedIn], [0, 0, true], account.name)
      }
      const next = await stage.openBot()
      assert.deepEqual(next.logins, [stage.self])
    })
  })
}

for (const door of MIXED) {
  test(door.name, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, door)
    const bot = await stage.openBot()
    await stage.wechat.sayInRoom('wxid_alice', TEA, 'anybody there?')
    const message = await bot.untilHeard('anybody there?')
    assert.ok(await message.say('all of us'))
    assert.equal(stage.wechat.delivered('all of us').length, 1)
  })
}

/** The id that the owning account knows, of `<id>~<account>`. */
const untagged = id => id.replace(/~[a-z0-9-]+$/, '')

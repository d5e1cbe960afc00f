/**
 * The stock Python bot. It speaks plaintext only, and an old dialect of the protocol: it reads and
 * writes the deprecated fields alone. Direct to a stock server, that costs it its setters, and large
 * files either way; the gateway, which speaks both dialects, gives them back.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { PythonBot } from '../src/python-bot.js'
import { seededRandom, seedOf } from '../src/seeded-random.js'
import { DOORS, Stage } from '../src/stage.js'
import { untagged } from '../src/transcript.js'
import { until } from '../src/until.js'
import { NORTH_ONLY, TEA } from '../src/world.js'

const MIB = 1024 * 1024
/** The numbers of the old dialect. */
const TEXT = 6
const ATTACHMENT = 1

for (const door of DOORS.filter(({ accountTls, botTls }) => (botTls ?? accountTls) === 'off')) {
  test(door.name, { timeout: 120_000 }, async t => {
    const seed = seedOf()
    t.diagnostic(`SEED=${seed}`)
    const random = seededRandom(seed)
    const stage = await Stage.open(t, door)
    const { direct, wechat } = stage
    const bot = await PythonBot.open(stage.door)
    t.after(() => bot.close())

    await t.test('logs in once, as the one identity', async () => {
      assert.deepEqual(bot.all('login').map(({ id }) => id), [stage.self])
      assert.equal(await bot.call('user'), stage.self)
    })

    await t.test('hears a private message, and answers it', async () => {
      await wechat.sayTo('north', 'wxid_alice', 'hello snake')
      const heard = await bot.untilHeard('hello snake')
      assert.deepEqual([heard.talker, heard.talkerName, heard.room, heard.self, heard.type], ['wxid_alice', 'Alice', null, false, TEXT])
      const id = await bot.call('answer', { message: heard.id, text: 'hello Alice' })
      const [delivered, ...more] = wechat.delivered('hello Alice')
      assert.deepEqual([more, delivered.listenerId, delivered.id], [[], 'wxid_alice', untagged(id)])
      assert.equal((await bot.untilHeard('hello Alice')).self, true)
    })

    await t.test('hears a room once, and speaks in it', async () => {
      for (let round = 0; round < 10; round++) await wechat.sayInRoom('wxid_bob', TEA, `round ${round}`)
      // The Python client takes each message in a task of its own, which may overtake one another.
      for (let round = 0; round < 10; round++) await bot.untilHeard(`round ${round}`)
      for (let round = 0; round < 10; round++) {
        const heard = bot.heard(`round ${round}`)
        assert.deepEqual([heard.length, heard[0].room, heard[0].talker], [1, TEA, 'wxid_bob'])
      }
      for (let round = 0; round < 6; round++) assert.ok(await bot.call('say', { text: `tea ${round}`, to: TEA }))
      for (let round = 0; round < 6; round++) assert.equal(wechat.delivered(`tea ${round}`).length, 1)
      await until(() => bot.heard('tea 5').length > 0, { what: 'its own words' })
      assert.ok(bot.heard('tea 5').every(({ self }) => self))
    })

    await t.test('is mentioned, and mentions', async () => {
      await wechat.sayInRoom('wxid_bob', TEA, { mentionIdList: ['wxid_north'], text: '@bot' })
      assert.equal((await bot.untilHeard('@bot')).mentionsSelf, true)
      await bot.call('say', { mentions: ['wxid_bob'], text: 'yes?', to: TEA })
      assert.equal(wechat.delivered('@Bob yes?').length, 1)
    })

    await t.test('knows its contacts and rooms', async () => {
      const contacts = await bot.call('contacts')
      assert.ok(contacts.includes('wxid_alice') && contacts.includes(stage.self))
      assert.equal(new Set(contacts).size, contacts.length)
      assert.deepEqual((await bot.call('rooms')).sort(), [NORTH_ONLY, TEA].sort())
      assert.deepEqual((await bot.call('members', { room: TEA })).sort(), [stage.self, 'wxid_alice', 'wxid_bob'].sort())
      assert.equal(await bot.call('topic', { room: TEA }), 'Tea room')
      assert.deepEqual(await bot.call('contact', { contact: 'wxid_bob' }), { alias: 'Bobby', name: 'Bob', self: false })
    })

    await t.test('recalls and forwards', async () => {
      const id = await bot.call('say', { text: 'oops', to: TEA })
      assert.equal(await bot.call('recall', { message: id }), true)
      assert.equal(wechat.acts('messageRecall').length, 1)
      const [heard] = bot.heard('hello snake')
      await bot.call('forward', { message: heard.id, to: 'wxid_bob' })
      assert.deepEqual(wechat.delivered('hello snake').map(({ listenerId }) => listenerId), ['wxid_bob'])
    })

    await t.test(direct ? 'small files both ways' : 'files both ways, small and 5 MiB', async () => {
      for (const size of direct ? [11] : [11, 5 * MIB]) {
        const bytes = Buffer.from(Uint8Array.from({ length: size }, () => random() * 256))
        const path = join(bot.home, `${size}.bin`)
        writeFileSync(path, bytes)
        assert.ok(await bot.call('send_file', { path, to: TEA }))
        const delivered = wechat.ledger().filter(({ filename }) => filename === `${size}.bin`)
        assert.deepEqual(delivered.map(({ content }) => content.file.sha256), [sha256(bytes)])

        await wechat.sayTo('north', 'wxid_alice', { file: { bytes, name: `from-alice-${size}.bin` }, text: `file ${size}` })
        const heard = await bot.untilHeard(`file ${size}`)
        assert.equal(heard.type, ATTACHMENT)
        const received = join(bot.home, `received-${size}.bin`)
        assert.equal(await bot.call('receive_file', { message: heard.id, path: received }), `from-alice-${size}.bin`)
        assert.ok(readFileSync(received).equals(bytes))
      }
    })

    // Directly it ends at the first of them.
    await t.test('survives events that lack what it needs, and hears them', { skip: direct }, async () => {
      const roomId = TEA
      await wechat.emit('room-topic', { changerId: 'wxid_bob', newTopic: 'untimed', roomId })
      await wechat.emit('room-join', { inviteeIdList: ['wxid_stranger'], inviterId: 'wxid_bob', roomId, timestamp: null })
      await wechat.emit('room-leave', { removeeIdList: ['wxid_stranger'], removerId: 'wxid_bob', roomId, timestamp: new Date().toISOString() })
      for (const name of ['room-topic', 'room-join', 'room-leave']) {
        const [event] = await until(() => bot.all(name).length > 0 && bot.all(name), { seen: () => bot.lastWords(), what: name })
        assert.equal(event.room, TEA)
        assert.ok(Math.abs(event.at - Date.now() / 1000) < 60, `${name}: ${event.at}`)
      }
      // Of these it is not told who did it, and so does not tell its bot; it lives all the same.
      await wechat.emit('room-topic', { changerId: null, newTopic: 'nobody', oldTopic: null, roomId, timestamp: 'soon' })
      await wechat.emit('room-join', { inviteeIdList: [], inviterId: null, roomId })
      await wechat.emit('room-leave', { removeeIdList: ['wxid_stranger'], roomId })
      await wechat.emit('dirty', { payloadId: TEA, payloadType: '3' })
      await wechat.emit('ready', {})
      await wechat.emit('heartbeat', {})
      await wechat.emit('error', {})
      await wechat.sayTo('north', 'wxid_alice', 'still with us?')
      await bot.untilHeard('still with us?')
      assert.equal(bot.all('ended').length, 0)
    })

    if (direct) {
      await t.test('cannot, direct: large files, an alias, a topic, an announcement', async () => {
        const bytes = Buffer.alloc(5 * MIB, 'x')
        const path = join(bot.home, 'large.bin')
        writeFileSync(path, bytes)
        await assert.rejects(bot.call('send_file', { path, to: TEA }), /RESOURCE_EXHAUSTED/)
        await wechat.sayTo('north', 'wxid_alice', { file: { bytes, name: 'large.bin' }, text: 'large' })
        await assert.rejects(bot.call('receive_file', { message: (await bot.untilHeard('large')).id, path }), /unknown file_box/)
        await assert.rejects(bot.call('get_alias', { contact: 'wxid_alice' }), /alias/)
        await bot.call('set_alias', { alias: 'Lost', contact: 'wxid_alice' })
        await bot.call('set_topic', { room: TEA, topic: 'Lost' })
        await bot.call('announce', { room: TEA, text: 'Lost' })
        assert.deepEqual(['contactAlias', 'roomTopic', 'roomAnnounce'].flatMap(method => wechat.acts(method)), [])
      })
    } else {
      await t.test('reads and sets an alias, a topic, an announcement', async () => {
        assert.equal(await bot.call('get_alias', { contact: 'wxid_alice' }), 'Ali')
        await bot.call('set_alias', { alias: 'Great Alice', contact: 'wxid_alice' })
        assert.equal(await bot.call('get_alias', { contact: 'wxid_alice' }), 'Great Alice')
        assert.equal(wechat.acts('contactAlias').length, wechat.accounts.length)

        await bot.call('set_topic', { room: TEA, topic: 'Snake room' })
        assert.deepEqual(wechat.acts('roomTopic').map(({ args }) => args), [[TEA, 'Snake room']])

        assert.equal(await bot.call('announce', { room: TEA }), 'Welcome to Tea room')
        await bot.call('announce', { room: TEA, text: 'No tea' })
        assert.deepEqual(wechat.acts('roomAnnounce').map(({ args }) => args), [[TEA, 'No tea']])
      })
      await t.test('is not told of an account that dies', async () => {
        await wechat.account('north').kill()
        await wechat.sayTo('south', 'wxid_bob', 'still there?')
        const heard = await bot.untilHeard('still there?')
        assert.ok(await bot.call('answer', { message: heard.id, text: 'still here' }))
        assert.deepEqual(wechat.delivered('still here').map(({ account }) => account), ['south'])
        assert.deepEqual([bot.all('login').length, bot.all('logout').length, bot.all('ended').length], [1, 0, 0])
        assert.deepEqual(wechat.accounts.map(({ counts }) => counts.stop), [0, 0, 0])
      })
    }
  })
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

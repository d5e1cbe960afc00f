/**
 * Bots whose SDKs are not run here, as their sources have them (`src/languages.js`): each says what its gRPC library says,
 * shows its token where it does or not at all, begins in its order, and reads and writes files in its way.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { puppet as pb } from 'wechaty-grpc'

import { LANGUAGES, messageFile, sendStream } from '../src/languages.js'
import { Peer } from '../src/peer.js'
import { seededRandom, seedOf } from '../src/seeded-random.js'
import { Stage } from '../src/stage.js'
import { untagged } from '../src/transcript.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

const UNAUTHENTICATED = 16
const TEXT = 7
const { EVENT_TYPE_DONG, EVENT_TYPE_LOGIN, EVENT_TYPE_MESSAGE } = pb.EventType

/** A bot as an SDK begins it: with a stream, by its order. */
class Sdk {
  constructor (language, door) {
    this.language = language
    this.peer = new Peer(door, { agent: language.agent, ...language.shows(door) })
  }

  async begin () {
    for (const step of this.language.order) {
      if (step === 'Start') await this.peer.unary('Start', new pb.StartRequest(), pb.StartResponse)
      else this.stream = this.peer.call('Event', [new pb.EventRequest()], pb.EventResponse)
    }
    await until(() => this.all(EVENT_TYPE_LOGIN).length > 0, {
      seen: () => this.stream.messages.map(it => [it.getType(), it.getPayload()]), what: `${this.language.name} is told of its login`,
    })
  }

  all (type) { return this.stream.messages.filter(it => it.getType() === type).map(it => JSON.parse(it.getPayload())) }

  async payload (id) {
    const request = new pb.MessagePayloadRequest()
    request.setId(id)
    return this.peer.unary('MessagePayload', request, pb.MessagePayloadResponse)
  }

  /** The payload of the message with this text, or of the first one that `is` it. */
  async untilHeard (is) {
    const looked = new Set()
    return until(async () => {
      for (const { messageId } of this.all(EVENT_TYPE_MESSAGE)) {
        if (looked.has(messageId)) continue
        looked.add(messageId)
        const payload = await this.payload(messageId)
        if (is(payload)) return payload
      }
      return undefined
    }, { seen: () => this.all(EVENT_TYPE_MESSAGE), what: `${this.language.name} hears it` })
  }

  async say (to, text) {
    const request = new pb.MessageSendTextRequest()
    request.setConversationId(to)
    request.setText(text)
    const answer = await this.peer.unary('MessageSendText', request, pb.MessageSendTextResponse)
    return this.language.isPlain ? answer.getId() : answer.getIdStringValueDeprecated().getValue()
  }
}

for (const tls of ['off', 'community']) {
  test(tls === 'off' ? 'without TLS' : 'over TLS', { timeout: 180_000 }, async t => {
    const seed = seedOf()
    t.diagnostic(`SEED=${seed}`)
    const random = seededRandom(seed)
    const noise = length => Buffer.from(Uint8Array.from({ length }, () => random() * 256))
    const stage = await Stage.open(t, { accountTls: 'off', bot: tls === 'off' ? ['tokenless = true'] : [], botTls: tls })
    const { door, wechat } = stage

    for (const language of LANGUAGES.filter(it => it.tls.includes(tls))) {
      const { files, name } = language
      await t.test(name, async t => {
        const bot = new Sdk(language, door)
        t.after(() => bot.peer.close())

        await t.test('begins, and is told who it is', async () => {
          await bot.begin()
          assert.deepEqual(bot.all(EVENT_TYPE_LOGIN).map(it => it.contactId), [stage.self])
          if (!language.dings) return
          const ding = new pb.DingRequest()
          ding.setData('heartbeat ...1')
          await bot.peer.unary('Ding', ding, pb.DingResponse)
          await until(() => bot.all(EVENT_TYPE_DONG).some(it => it.data === 'heartbeat ...1'), { what: 'its dong' })
        })

        await t.test('hears a ding, and answers it', async () => {
          await wechat.sayTo('north', 'wxid_alice', `ding ${name}`)
          const heard = await bot.untilHeard(it => it.getText() === `ding ${name}`)
          assert.deepEqual([heard.getTalkerId(), heard.getRoomId(), heard.getType()], ['wxid_alice', '', TEXT])
          const id = await bot.say('wxid_alice', `dong ${name}`)
          const [delivered, ...more] = wechat.delivered(`dong ${name}`)
          assert.deepEqual([more, delivered.listenerId, delivered.id], [[], 'wxid_alice', untagged(id)])
        })

        for (const size of [11, 300 * 1024]) {
          await t.test(`reads a file of ${size} bytes`, async () => {
            const [bytes, filename] = [noise(size), `${size}-to-${name}.bin`]
            await wechat.sayInRoom('wxid_alice', TEA, { file: { bytes, name: filename } })
            const message = await bot.untilHeard(it => it.getFilename() === filename)
            const file = await files.readFile(bot.peer, message.getId())
            assert.equal(file.name, filename)
            assert.ok(file.bytes.equals(bytes))
            // As it stands in the answers that have whole boxes: to those that know no uuid, inside.
            const box = await files.readBox(bot.peer, await messageFile(bot.peer, message.getId()))
            assert.deepEqual([box.name, box.byUuid ?? false], [filename, size > 20 * 1024 && Boolean(language.readsUuids)])
            assert.ok(box.bytes.equals(bytes))
          })

          await t.test(`sends a file of ${size} bytes`, async () => {
            const [bytes, filename] = [noise(size), `${size}-from-${name}.bin`]
            assert.ok(await files.sendFile(bot.peer, TEA, bytes, filename))
            const delivered = wechat.ledger().filter(it => it.filename === filename)
            assert.deepEqual(delivered.map(it => it.content.file), [{ name: filename, sha256: sha256(bytes), size }])
          })
        }

        if (language.readsUuids) {
          await t.test('sends by a stream', async () => {
            const bytes = noise(9 * 1024)
            assert.ok((await sendStream(bot.peer, TEA, bytes, `streamed-from-${name}.bin`)).getId())
            const delivered = wechat.ledger().filter(it => it.filename === `streamed-from-${name}.bin`)
            assert.deepEqual(delivered.map(it => it.content.file.sha256), [sha256(bytes)])
          })
        }

        await t.test('reads what is behind a URL', async () => {
          const request = new pb.RoomAvatarRequest()
          request.setId(TEA)
          const answer = await bot.peer.unary('RoomAvatar', request, pb.RoomAvatarResponse)
          assert.deepEqual(await files.readBox(bot.peer, answer.getFileBox()), { url: `https://avatar.invalid/${TEA}.png` })
        })
      })
    }

    await t.test('a wrong token stays wrong, wherever it is shown, and none is enough for nobody over TLS', async () => {
      const wrong = `insecure_${randomUUID()}`
      const manners = [{ authority: wrong }, { metadata: { authorization: `Wechaty ${wrong}` } }, { metadata: { authorization: 'Bearer x' } }]
      for (const manner of tls === 'off' ? manners : [...manners, {}]) {
        const peer = new Peer(door, { agent: 'grpc-java-netty/1.30.2', ...manner })
        const refused = peer.unary('Start', new pb.StartRequest(), pb.StartResponse)
        await assert.rejects(refused, error => error.code === UNAUTHENTICATED, JSON.stringify(manner))
        peer.close()
      }
    })
  })
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

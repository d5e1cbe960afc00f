/**
 * Files both ways, small and 5 MiB, compared byte by byte. Each way takes another road in the stock
 * client: a small Base64 box travels inside the call, a small buffer box by the deprecated stream call,
 * and what is larger than 20 KiB by `Upload` or `Download`.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { FileBox } from 'file-box'
import * as PUPPET from 'wechaty-puppet'

import { seededRandom, seedOf } from '../src/seeded-random.js'
import { DOORS, Stage } from '../src/stage.js'
import { NORTH_ONLY, TEA } from '../src/world.js'

const MIB = 1024 * 1024
const SIZES = [{ bytes: 11, name: 'small' }, { bytes: 300 * 1024, name: '300 KiB' }, { bytes: 5 * MIB, name: '5 MiB' }]
const BOXES = {
  base64: (bytes, name) => FileBox.fromBase64(bytes.toString('base64'), name),
  buffer: (bytes, name) => FileBox.fromBuffer(bytes, name),
}

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const seed = seedOf()
    t.diagnostic(`SEED=${seed}`)
    const random = seededRandom(seed)
    const noise = length => Buffer.from(Uint8Array.from({ length }, () => random() * 256))

    const stage = await Stage.open(t, door)
    const { wechat } = stage
    const bot = await stage.openBot()
    const room = await bot.wechaty.Room.find({ id: TEA })

    for (const size of SIZES) {
      for (const [kind, box] of Object.entries(BOXES)) {
        await t.test(`a bot sends ${size.name} as ${kind}`, async () => {
          const bytes = noise(size.bytes)
          const name = `${size.bytes}-${kind}.bin`
          const said = await room.say(box(bytes, name))
          assert.equal(said.type(), PUPPET.types.Message.Attachment)
          const delivered = wechat.ledger().filter(({ filename }) => filename === name)
          assert.equal(delivered.length, 1, 'delivered once')
          const { file } = delivered[0].content
          assert.deepEqual(file, { name, sha256: sha256(bytes), size: bytes.length })
          assert.ok(wechat.shelf.get(file.sha256).equals(bytes))
        })
      }

      await t.test(`a bot receives ${size.name}`, async () => {
        const bytes = noise(size.bytes)
        const name = `${size.bytes}-from-alice.bin`
        const heardBefore = bot.messages.length
        await wechat.sayInRoom('wxid_alice', TEA, { file: { bytes, name } })
        await wechat.sayInRoom('wxid_alice', TEA, `that was ${size.name}`)
        await bot.untilHeard(`that was ${size.name}`)
        const files = bot.messages.slice(heardBefore).filter(message => message.payload.filename === name)
        assert.equal(files.length, 1, 'heard once')
        const box = await files[0].toFileBox()
        assert.equal(box.name, name)
        assert.ok((await box.toBuffer()).equals(bytes))
      })
    }

    await t.test('a bot receives an image in its sizes', async () => {
      const bytes = noise(30 * 1024)
      await wechat.sayTo('north', 'wxid_bob', { file: { bytes, name: 'cup.png' }, text: '<img/>' })
      const message = await bot.untilHeard('<img/>')
      assert.equal(message.type(), PUPPET.types.Message.Image)
      const image = message.toImage()
      assert.equal(String(await (await image.thumbnail()).toBuffer()), `thumbnail of ${sha256(bytes)}`)
      assert.equal((await image.hd()).toJSON().qrCode, `hd ${sha256(bytes)}`)
      assert.ok((await (await image.artwork()).toBuffer()).equals(bytes))
    })

    await t.test('a bot passes on a file it received', async () => {
      const bytes = noise(100 * 1024)
      await wechat.sayTo('north', 'wxid_bob', { file: { bytes, name: 'pass-on.bin' }, text: '<file/>' })
      const message = await bot.untilHeard('<file/>')
      const box = await message.toFileBox()
      const north = await bot.wechaty.Room.find({ id: NORTH_ONLY })
      for (const to of [north, room]) {
        const before = wechat.ledger().length
        await to.say(box)
        const [delivered, ...more] = wechat.ledger().filter(({ filename, roomId }) => filename === 'pass-on.bin' && roomId === to.id)
        assert.equal(more.length, 0)
        assert.equal(delivered.content.file.sha256, sha256(bytes))
        assert.equal(wechat.ledger().length, before + 1)
      }
    })
  })
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/**
 * Accounts whose services are of an older generation: without a registry of files, and with messages of 4 MiB at most.
 * Large files reach them in chunks beside the call, as from a bot that is connected directly.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { FileBox } from 'file-box'

import { Stage } from '../src/stage.js'
import { TEA } from '../src/world.js'

const MIB = 1024 * 1024
const DOORS = [
  { accountTls: 'off', generation: 'older', name: 'direct to an account', through: 'account' },
  { accountTls: 'off', botTls: 'off', generation: 'older', name: 'through the gateway', through: 'gateway' },
]

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { direct, wechat } = stage
    const bot = await stage.openBot()
    for (const [index, size] of [11, 300 * 1024, 3 * MIB, 5 * MIB, 20 * MIB].entries()) {
      await t.test(`a bot sends ${size} bytes`, async () => {
        const name = `${size}.bin`
        const bytes = Buffer.alloc(size, `${index}`)
        await bot.puppet.messageSendFile(TEA, FileBox.fromBuffer(bytes, name))
        const delivered = wechat.ledger().filter(({ filename }) => filename === name)
        assert.deepEqual(delivered.map(({ content }) => content.file), [{ name, sha256: sha256(bytes), size }])
      })
    }
    await t.test('and a base64 of 5 MiB', { skip: direct }, async () => {
      const bytes = Buffer.alloc(5 * MIB, 'b')
      await bot.puppet.messageSendFile(TEA, FileBox.fromBase64(bytes.toString('base64'), 'base64.bin'))
      const delivered = wechat.ledger().filter(({ filename }) => filename === 'base64.bin')
      assert.deepEqual(delivered.map(({ content }) => content.file.sha256), [sha256(bytes)])
    })
    await t.test('nobody was lost by it', async () => {
      await wechat.sayInRoom('wxid_alice', TEA, 'all well?')
      await bot.untilHeard('all well?')
      assert.ok(wechat.accounts.every(({ counts, loggedIn }) => loggedIn && counts.stop === 0))
    })
  })
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

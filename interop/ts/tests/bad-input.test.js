/**
 * What a stock client is told when something is wrong: a clear error, to itself only. A good bot beside
 * it notices nothing.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { FileBox } from 'file-box'
import { puppet as pb } from 'wechaty-grpc'
import { PuppetService } from 'wechaty-puppet-service'

import { BOT_OPTIONS } from '../src/bot.js'
import { DOORS, Stage } from '../src/stage.js'
import { deadline } from '../src/until.js'
import { TEA } from '../src/world.js'

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { wechat } = stage
    // Only one can be connected to an account itself; the others are turned away before that matters.
    const good = await stage.openBot()
    const { endpoint, tls, token } = stage.door

    // The stock client waits 5 s for a first event before it says what is wrong; so let both wait at once.
    const wrong = `insecure_${randomUUID()}`
    const turnedAway = refusal({ endpoint, tls, token: wrong })
    const misunderstood = refusal({ endpoint, tls: tls === 'off' ? 'community' : 'off', token })

    await t.test('a wrong token', async () => {
      assert.match(await turnedAway, /UNAUTHENTICATED/)
      assert.match(await turnedAway, new RegExp(`Invalid Wechaty TOKEN "${wrong}"`))
    })

    await t.test('TLS against plaintext, or the reverse', async () => {
      // What is wrong, and the setting that mends it.
      assert.match(await misunderstood, stage.direct ? /UNAVAILABLE/ : /FAILED_PRECONDITION/)
      if (!stage.direct) assert.match(await misunderstood, /WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT/)
    })

    await t.test('ids that nobody owns', async () => {
      const { puppet } = good
      const asked = [
        () => puppet.messageRawPayload('no-such-message'),
        () => puppet.messageRawPayload('no-such-message~north'),
        () => puppet.messageRawPayload('no-such-message~nobody'),
        () => puppet.messageRecall('no-such-message~'),
        () => puppet.friendshipRawPayload('no-such-friendship'),
        () => puppet.friendshipAccept('no-such-friendship~north'),
        () => puppet.roomInvitationAccept('no-such-invitation'),
        () => puppet.roomRawPayload('no-such-room'),
        () => puppet.contactRawPayload('no-such-contact'),
        () => puppet.messageSendText('no-such-conversation', 'lost'),
        () => puppet.messageForward(TEA, 'no-such-message'),
      ]
      for (const ask of asked) {
        await assert.rejects(deadline(ask(), 35_000, String(ask)), error => {
          assert.ok(!error.message.startsWith('not within'), error.message)
          assert.match(error.message, /no-such-/, `${ask}: names what is unknown, in: ${error.message}`)
          return true
        })
      }
    })

    // The stock server dies of such a file, and the stock client of the answer: so ask a gateway, and bare.
    await t.test('a file that is nowhere', { skip: stage.direct }, async () => {
      const nowhere = randomUUID()
      const request = new pb.MessageSendFileRequest()
      request.setConversationId(TEA)
      request.setFileBox(JSON.stringify({ boxType: 7, name: 'nowhere.bin', size: 99, type: 7, uuid: nowhere }))
      const { client } = good.puppet.grpcManager
      const send = promisify(client.messageSendFile.bind(client))
      const before = wechat.ledger().length
      await assert.rejects(deadline(send(request), 35_000, 'an answer'), new RegExp(nowhere))
      assert.equal(wechat.ledger().length, before)
      assert.ok(wechat.accounts.every(({ serving }) => serving), 'no account died of it')
    })

    await t.test('a file without contents is still a file', async () => {
      const before = wechat.ledger().length
      await good.puppet.messageSendFile(TEA, FileBox.fromBase64(Buffer.from(' ').toString('base64'), 'blank.txt'))
      assert.equal(wechat.ledger().length, before + 1)
    })

    await t.test('meanwhile the good bot goes on', async () => {
      await wechat.sayInRoom('wxid_alice', TEA, 'all well?')
      assert.ok(await (await good.untilHeard('all well?')).say('all well'))
      assert.equal(wechat.delivered('all well').length, 1)
      assert.deepEqual([good.logins, good.logouts, good.errors.map(String)], [[stage.self], [], []])
      assert.ok(wechat.accounts.every(({ counts, loggedIn }) => loggedIn && counts.stop === 0))
    })
  })
}

/** The words with which a stock client is turned away when it starts. */
async function refusal (door) {
  const home = process.env.HOME = mkdtempSync(join(tmpdir(), 'client-'))
  const puppet = new PuppetService(BOT_OPTIONS(door))
  puppet.on('error', () => {})
  const [outcome] = await Promise.allSettled([deadline(puppet.start(), 30_000, 'an answer')])
  await puppet.stop().catch(() => {})
  rmSync(home, { force: true, recursive: true })
  assert.equal(outcome.status, 'rejected', 'it was let in')
  return String(outcome.reason)
}

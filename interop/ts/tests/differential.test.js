/**
 * For every method of the stock TypeScript client: its answer through the gateway, and what it made
 * happen at the accounts, equal those of the same client connected direct to an account, but for tagged
 * ids and the virtual self. The list of methods is read from the client: one without a case here, and
 * not known to stay within the client, fails the test.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as PUPPET from 'wechaty-puppet'
import { PuppetService } from 'wechaty-puppet-service'

import { clientMethods, LOCAL_METHODS } from '../src/client-methods.js'
import { ALICE, BOB, box, LARGE, LETTERS, location, miniProgram, perform as performScript, STRANGER, url } from '../src/performance.js'
import { isTagged, untagged } from '../src/transcript.js'
import { HEARTBEAT, NORTH_ONLY, TEA } from '../src/world.js'

const { Image, Payload } = PUPPET.types
const WHEN = 1_700_000_000_000

/**
 * A case calls its method with `call(…)`, any number of times. Reading comes before changing, so that
 * no answer depends on how fast news of a change travels. `id` turns the id of a letter into the one
 * that the client knows.
 */
const CASES = {
  // ---- reading ----------------------------------------------------------------------------------
  contactAlias: async ({ call }) => { await call(ALICE); await call(BOB) },
  contactAvatar: async ({ call, self }) => { await call(ALICE); await call(self) },
  contactList: ({ call }) => call(),
  contactPayload: async ({ call, self }) => { await call(ALICE); await call(self); await call('nobody') },
  contactRawPayload: async ({ call, self }) => { await call(BOB); await call(self); await call('nobody') },
  contactSearch: async ({ call, self }) => {
    await call({ name: 'Alice' }); await call({ alias: 'Bobby' }); await call({ id: self }); await call('Bob'); await call({ name: 'x' })
  },
  contactSelfQRCode: ({ call }) => call(),
  contactValidate: ({ call }) => call(ALICE),
  friendshipPayload: ({ call, id }) => call(id('friend-1')),
  friendshipRawPayload: async ({ call, id }) => { await call(id('friend-1')); await call('no-such-friendship') },
  friendshipSearch: async ({ call }) => { await call({ handle: 'wxid_bob-handle' }); await call({ phone: '1' }) },
  friendshipSearchHandle: async ({ call }) => { await call('wxid_alice-handle'); await call('no-handle') },
  friendshipSearchPhone: async ({ call }) => { await call('+86-10-8003'); await call('no-phone') },
  friendshipSearchWeixin: ({ call }) => call('wxid_alice-handle'),
  messageContact: async ({ call, id }) => { await call(id('contact-1')); await call(id('text-1')) },
  messageFile: async ({ call, id }) => { await call(id('file-1')); await call(id('small-1')) },
  messageImage: async ({ call, id }) => {
    for (const size of [Image.Thumbnail, Image.HD, Image.Artwork]) await call(id('image-1'), size)
  },
  messageLocation: ({ call, id }) => call(id('location-1')),
  messageMiniProgram: ({ call, id }) => call(id('mini-1')),
  messagePayload: async ({ call, id }) => { for (const letter of Object.keys(LETTERS)) await call(id(letter)) },
  messageRawPayload: async ({ call, id }) => { await call(id('text-1')); await call(id('room-1')); await call('no-such-message') },
  messageSearch: async ({ call, id }) => { await call({ id: id('url-1') }); await call({ id: 'no-such-message' }) },
  messageUrl: ({ call, id }) => call(id('url-1')),
  postPayload: ({ call, id }) => call(id('text-1')),
  roomAnnounce: ({ call }) => call(TEA),
  roomAvatar: ({ call }) => call(TEA),
  roomInvitationPayload: ({ call, id }) => call(id('invite-1')),
  roomInvitationRawPayload: async ({ call, id }) => { await call(id('invite-1')); await call('no-such-invitation') },
  roomList: ({ call }) => call(),
  roomMemberList: async ({ call }) => { await call(TEA); await call(NORTH_ONLY) },
  roomMemberPayload: async ({ call, self }) => { await call(TEA, BOB); await call(TEA, self); await call(TEA, STRANGER) },
  roomMemberRawPayload: async ({ call, self }) => { await call(TEA, ALICE); await call(NORTH_ONLY, self) },
  roomMemberSearch: async ({ call }) => { await call(TEA, 'Alice'); await call(TEA, { roomAlias: 'Bob of Tea room' }) },
  roomPayload: async ({ call }) => { await call(TEA); await call('no-such-room') },
  roomQRCode: ({ call }) => call(TEA),
  roomRawPayload: async ({ call }) => { await call(NORTH_ONLY); await call('no-such-room') },
  roomSearch: async ({ call }) => { await call({ topic: 'Tea room' }); await call(); await call({ id: TEA }) },
  roomTopic: ({ call }) => call(TEA),
  roomValidate: ({ call }) => call(TEA),
  sayablePayload: async ({ call, id }) => { for (const letter of Object.keys(LETTERS)) await call(id(letter)) },
  tagContactList: async ({ call }) => { await call(); await call(ALICE) },

  // ---- sending ----------------------------------------------------------------------------------
  messageForward: async ({ call, id }) => { await call(BOB, id('text-1')); await call(NORTH_ONLY, id('file-1')) },
  messageRecall: async ({ call, id, puppet }) => {
    await call(await puppet.messageSendText(NORTH_ONLY, 'to be recalled'))
    await call(id('text-1'))
  },
  messageSend: ({ call }) => call(TEA, PUPPET.payloads.sayable.text('a sayable', [ALICE])),
  messageSendContact: ({ call }) => call(ALICE, BOB),
  messageSendFile: async ({ call }) => { await call(TEA, box(10, 'small.bin')); await call(ALICE, box(LARGE, 'large.bin')) },
  messageSendFileStream: async ({ call }) => { await call(TEA, box(10, 's.bin')); await call(ALICE, box(LARGE, 'l.bin')) },
  messageSendLocation: ({ call }) => call(ALICE, location),
  messageSendMiniProgram: ({ call }) => call(TEA, miniProgram),
  messageSendText: async ({ call, self }) => {
    await call(ALICE, 'private'); await call(TEA, 'to a room'); await call(TEA, '@both', [BOB, self]); await call('nobody', 'lost')
  },
  messageSendUrl: async ({ call }) => { await call(TEA, url); await call(ALICE, { title: 'only', url: 'https://tea.invalid/' }) },

  // ---- the client's memory ----------------------------------------------------------------------
  dirtyPayload: ({ call }) => call(Payload.Contact, STRANGER),
  contactPayloadDirty: ({ call }) => call(HEARTBEAT),
  friendshipPayloadDirty: ({ call, id }) => call(id('friend-1')),
  messagePayloadDirty: ({ call, id }) => call(id('text-1')),
  postPayloadDirty: ({ call, id }) => call(id('text-1')),
  roomMemberPayloadDirty: ({ call }) => call(TEA),
  roomPayloadDirty: ({ call }) => call(TEA),

  // ---- changing ---------------------------------------------------------------------------------
  contactCorporationRemark: async ({ call }) => { await call(BOB, 'Coffee Ltd'); await call(ALICE, null) },
  contactDescription: async ({ call }) => { await call(BOB, 'likes coffee'); await call(ALICE, null) },
  contactPhone: ({ call }) => call(ALICE, ['+1', '+2']),
  contactSelfName: ({ call }) => call('Team'),
  contactSelfSignature: ({ call }) => call('We are one'),
  friendshipAccept: ({ call, id }) => call(id('friend-1')),
  friendshipAdd: async ({ call }) => { await call(STRANGER, { contactId: BOB, hello: 'hi', roomId: TEA }); await call(BOB, 'just hi') },
  tagContactAdd: ({ call }) => call('coffee', BOB),
  tagContactDelete: ({ call }) => call('work'),
  tagContactRemove: ({ call }) => call('friends', ALICE),
  roomAdd: async ({ call }) => { await call(TEA, STRANGER, true); await call(TEA, STRANGER, false) },
  roomCreate: ({ call }) => call([ALICE, BOB], 'New room'),
  roomDel: ({ call }) => call(TEA, BOB),
  roomInvitationAccept: ({ call, id }) => call(id('invite-1')),

  // ---- life -------------------------------------------------------------------------------------
  conversationReadMark: ({ call }) => call(ALICE, true),
  ding: async ({ call, heard }) => { await call('data'); await heard('dong') },
  roomQuit: async ({ call }) => { await call(NORTH_ONLY); await call(TEA) },
  reset: async ({ call, heard, wechat }) => {
    await call('because')
    await wechat.untilWatched()
    await wechat.sayTo('north', ALICE, { id: 'text-2', text: 'still there?', timestamp: WHEN })
    await heard('message', ({ messageId }) => untagged(messageId) === 'text-2')
  },
  start: ({ call }) => call(),
  logout: ({ call }) => call('enough'),
  stop: ({ call }) => call(),
}

/** Setters of methods that also read; named apart so that all reading can come first. */
const SETTERS = {
  contactAlias: async ({ call }) => { await call(ALICE, 'Great Alice'); await call(BOB, null) },
  contactAvatar: async ({ call, self }) => { await call(self, box(10, 'me.png')); await call(self, box(LARGE, 'big.png')) },
  roomAnnounce: ({ call }) => call(TEA, 'No tea today'),
  roomTopic: ({ call }) => call(TEA, 'Coffee room'),
}

/** What DESIGN §7 sends to every account. */
const AT_EVERY_ACCOUNT = [
  'contactAlias (set)', 'contactPayloadDirty', 'contactSelfName', 'contactSelfSignature', 'dirtyPayload',
  'roomMemberPayloadDirty', 'roomPayloadDirty', 'roomQuit', 'tagContactAdd', 'tagContactDelete', 'tagContactRemove',
]

/** The accounts at which a thing must happen, if it is one that must happen at every account it concerns. */
function concerned (title, thing, accounts) {
  if (!AT_EVERY_ACCOUNT.includes(title)) return undefined
  return thing.includes(NORTH_ONLY) ? ['north'] : accounts
}

const SCRIPT = Object.entries(CASES).flatMap(([method, play]) =>
  method === 'contactCorporationRemark'
    ? [...Object.entries(SETTERS).map(([setter, set]) => [`${setter} (set)`, setter, set]), [method, method, play]]
    : [[method, method, play]])

test('every method of the client has a case, direct and through the gateway', () => {
  const local = Object.values(LOCAL_METHODS).flat()
  const methods = clientMethods()
  assert.ok(methods.length > 100, `${methods.length} methods`)
  assert.deepEqual(methods.filter(name => !CASES[name] && !local.includes(name)), [], 'without a case')
  assert.deepEqual([...Object.keys(CASES), ...local].filter(name => !methods.includes(name)), [], 'not of this client')
})

test('direct: the answers are worth comparing, and the same each time', { timeout: 120_000 }, async t => {
  const answers = await perform({ through: 'account' })
  assert.deepEqual(await perform({ through: 'account' }), answers)
  assert.deepEqual(Object.keys(answers).sort(), SCRIPT.map(([title]) => title).sort())
  const calls = Object.values(answers).flatMap(answer => answer.outcomes)
  const rejected = calls.filter(outcome => outcome.rejected)
  t.diagnostic(`${calls.length} calls of ${SCRIPT.length} methods, ${rejected.length} of them rejected as they should be`)
  if (process.env.SHOW) console.dir(answers, { depth: 9 })
  assert.ok(calls.length - rejected.length > 100)
})

for (const accounts of [['north'], ['north', 'south', 'west']]) {
  test(`through the gateway, a team of ${accounts.length}`, { timeout: 120_000 }, async t => {
    const direct = await perform({ through: 'account' })
    const through = await perform({ accounts, like: direct, through: 'gateway' })

    for (const [title] of SCRIPT) {
      await t.test(title, () => {
        assert.deepEqual(through[title].outcomes, direct[title].outcomes)
        assert.deepEqual([...through[title].happened.keys()].sort(), [...direct[title].happened.keys()].sort())
        for (const [thing, at] of through[title].happened) {
          assert.equal(new Set(at).size, at.length, `twice at one account: ${thing}`)
          const everyone = concerned(title, thing, accounts)
          if (everyone) assert.deepEqual(at.sort(), everyone, thing)
        }
      })
    }

    await t.test('ids at the client are tagged with their owner', () => assert.ok(through.ids.every(isTagged), through.ids.join()))
    await t.test('no account was stopped or logged out', () => assert.deepEqual(through.stops, accounts.map(() => [0, 0])))
  })
}

/** Runs the whole script by the stock client. */
const perform = options => performScript({
  ...options, Client: PuppetService, concerned, events: Object.keys(PUPPET.types.PUPPET_EVENT_DICT), script: SCRIPT,
})

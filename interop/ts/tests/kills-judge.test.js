/** The judge of `kills.test.js` finds each kind of fault in a small course that is made up, and none in what is right. */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { judge } from '../src/kills/judge.js'
import { LIMITS, STRANGER } from '../src/kills/places.js'
import { HEARTBEAT, TEA } from '../src/world.js'

/** Two lives, of which the first is killed at 1,000; three things are said, one of them is answered, in two parts. */
function course (change = () => {}) {
  const said = [100, 200, 1_500].map((at, number) => ({ at, key: `s${number}`, where: TEA }))
  const messages = said.map(({ at, key }, number) => ({ id: `north-${number}`, roomId: TEA, shownAt: at, text: key }))
  const sent = ['brisk.0.0', 'brisk.0.1'].map((text, number) => (
    { id: `north-a${number}`, roomId: TEA, sent: true, sentAt: 320 + 10 * number, text }))
  const diary = said.flatMap(({ at, key }, number) => [
    { at: at + 5, id: `north-${number}~north`, what: 'given' },
    { at: at + 9, id: `north-${number}~north`, key, what: 'took' },
    { at: at + 10, id: `north-${number}~north`, key, what: 'heard' },
  ])
  const asks = sent.map(({ text: key }, number) => ({ at: 310 + number, key, kind: 'text', what: 'asks', where: TEA }))
  const told = sent.map(({ id, text: key }, number) => ({ at: 350 + number, id: `${id}~north`, key, ok: true, what: 'told' }))
  const made = {
    acts: [], asks, diary, ended: 3_000,
    lives: [{ from: 1_000, kind: 'talk', serving: 50, spawned: 0, to: 1_005 }, { kind: 'last', serving: 1_250, spawned: 1_200 }],
    messages, said,
    sends: sent.map(({ id }) => ({ bot: 'main', conversation: TEA, how: 'answered', id: `${id}~north`, outcome: 'sent' })),
    sent,
    streams: { north: [{ at: 0, open: true }, { at: 1_006, open: false }, { at: 1_300, open: true }] },
    told,
  }
  change(made)
  const account = { acts: () => made.acts, ledger: () => made.sent, messages: () => [...made.messages, ...made.sent], name: 'north' }
  const whole = [...made.diary, ...made.asks, ...made.told].sort((one, other) => one.at - other.at)
  return { ...made, accounts: [account], bots: [{ crashes: 0, diary: () => whole, name: 'brisk', runs: 1 }] }
}

const without = (list, ...keys) => list.filter(({ id }) => !keys.some(key => id.startsWith(key)))
const given = (at, number) => ({ at, id: `north-${number}~north`, what: 'given' })
const sentAt = (made, sentAt, text, more = {}) => made.sent.push({ id: `x${made.sent.length}`, roomId: TEA, sent: true, sentAt, text, ...more })

const RIGHT = {
  'as it is': () => {},
  'what was said just before the kill is gone': made => {
    made.messages[1].shownAt = 990
    made.diary = without(made.diary, 'north-1')
  },
  'what was acknowledged just before the kill is given again': made => {
    made.diary = without(made.diary, 'north-1')
    made.diary.push(given(900, 1), { at: 910, key: 's1', what: 'took' }, given(1_400, 1))
  },
  'what a broken call had sent is there': made => { made.told[1] = { at: 1_001, code: 14, error: 'dropped', key: 'brisk.0.1', ok: false, what: 'told' } },
  'dings are nobody\'s': made => sentAt(made, 400, 'ding', { listenerId: HEARTBEAT, roomId: undefined }),
}

const WRONG = {
  'is lost': made => { made.diary = without(made.diary, 'north-1') },
  'was given twice on one stream': made => made.diary.push(given(500, 0)),
  'ms before the kill, and given again': made => made.diary.push(given(1_400, 0)),
  's0 came after s1': made => { made.diary[0].at = 250 },
  'was done 2 times': made => sentAt(made, 600, 'brisk.0.0'),
  'was not done, and it was told': made => made.sent.pop(),
  'brisk.0.0 arrived after brisk.0.1': made => { made.sent[0].sentAt = 340 },
  'and came to wxid_alice': made => Object.assign(made.sent[0], { listenerId: 'wxid_alice', roomId: undefined }),
  'the file brisk.0.0 is another one': made => { made.asks[0].sha256 = 'a'; made.sent[0].content = { file: { sha256: 'b' } } },
  'it read s0 as something else': made => { made.said[0].sha256 = 'a'; made.diary.push({ at: 150, key: 's0', sha256: 'b', what: 'read' }); made.lives = [] },
  'file brisk.0.0 was done 2 times': made => { made.asks[0].kind = 'file'; sentAt(made, 1_100, 'brisk.0.0') },
  'was done, and it was told: 8': made => { made.told[0] = { at: 351, code: 8, error: '8 RESOURCE_EXHAUSTED: it waited', key: 'brisk.0.0', ok: false, what: 'told' } },
  'nobody asked for': made => sentAt(made, 600, 'made up'),
  'was refused': made => { made.told[0] = { at: 351, code: 13, error: 'no', key: 'brisk.0.0', ok: false, what: 'told' }; made.lives = [] },
  'of perConversation': made => { for (let n = 0; n < LIMITS.perConversation[0].count; n++) sentAt(made, 900 + n, `brisk.0.${n + 2}`) },
  'of friendAdds': made => { for (const at of [700, 1_700]) made.acts.push({ args: [STRANGER, { hello: `${at}` }], at, method: 'friendshipAdd' }) },
  'the ledger has no row': made => made.sends.pop(),
  'the ledger has north-a0~north twice:': made => made.sends.push(made.sends[0]),
  'and nobody saw it': made => made.sends.push({ ...made.sends[0], id: 'north-x~north' }),
  'and brisk was told that it is sent': made => { made.sends[0].outcome = 'unsure' },
}

for (const [name, change] of Object.entries(RIGHT)) {
  test(`right: ${name}`, () => assert.deepEqual(judge(course(change)).faults, []))
}

for (const [fault, change] of Object.entries(WRONG)) {
  test(`wrong: ${fault}`, () => {
    const { faults } = judge(course(change))
    assert.ok(faults.some(text => text.includes(fault)), JSON.stringify(faults))
  })
}

/**
 * One run of a script of calls by a client, and what came of it at the client and at the accounts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileBox } from 'file-box'
import * as PUPPET from 'wechaty-puppet'

import { BOT_OPTIONS } from './door.js'
import { Stage } from './stage.js'
import { comparable, happenings, stateOf, untagged } from './transcript.js'
import { until } from './until.js'
import { TEA } from './world.js'

export const ALICE = 'wxid_alice'
export const BOB = 'wxid_bob'
export const STRANGER = 'wxid_stranger'
export const LARGE = 64 * 1024
const WHEN = 1_700_000_000_000

export const box = (length, name) => FileBox.fromBase64(Buffer.alloc(length, name).toString('base64'), name)
export const url = { description: 'about tea', thumbnailUrl: 'https://tea.invalid/t.png', title: 'Tea', url: 'https://tea.invalid/' }
export const miniProgram = {
  appid: 'wx1', description: 'brews', iconUrl: 'https://tea.invalid/i.png', pagePath: 'pages/tea', shareId: '7',
  thumbKey: 'key', thumbUrl: 'https://tea.invalid/m.png', title: 'Brewer', username: 'gh_brewer',
}
export const location = { accuracy: 15, address: '45 Chengfu Rd', latitude: 39.995, longitude: 116.334, name: 'Haidian' }

/** What people do before the client is asked: to north alone, so that each id has one owner. */
export const LETTERS = {
  'contact-1': { contact: BOB },
  'file-1': { file: { bytes: Buffer.alloc(LARGE, 'file'), name: 'large.bin' } },
  'image-1': { file: { bytes: Buffer.alloc(LARGE, 'image'), name: 'cup.png' } },
  'location-1': { location },
  'mini-1': { miniProgram },
  'small-1': { file: { bytes: Buffer.from('small'), name: 'small.bin' } },
  'text-1': { text: 'hello' },
  'url-1': { url },
}
const FRIENDSHIP = {
  contactId: STRANGER, hello: 'I like tea', id: 'friend-1', scene: 14, stranger: 'v2_stranger', ticket: 'v1_ticket',
  timestamp: WHEN, type: PUPPET.types.Friendship.Receive,
}
const INVITATION = {
  avatar: 'https://avatar.invalid/room.png', id: 'invite-1', invitation: 'come!', inviterId: ALICE, memberCount: 2,
  memberIdList: [ALICE, BOB], receiverId: 'wxid_north', timestamp: WHEN, topic: 'Coffee room',
}

/**
 * Runs a whole script once, in a fresh WeChat, by a client of this class; { [title]: { outcomes, happened } }, with ids and stops.
 * The client may have its answer before all accounts have done what it asked (it is the DIRTY event that
 * ends some calls): so wait for what happened in the run that this one is to be `like`.
 */
export async function perform ({ Client, accounts, concerned, events: eventNames, generation, letters = LETTERS, like, script, through }) {
  const closing = []
  const ending = { after: close => closing.push(close) }
  const home = process.env.HOME = mkdtempSync(join(tmpdir(), 'client-'))
  try {
    const stage = await Stage.open(ending, { accounts, generation, through })
    const { wechat } = stage
    const puppet = new Client(BOT_OPTIONS(stage.door))
    puppet.on('error', () => {})
    const events = listenTo(puppet, eventNames)
    await puppet.start()
    await events.heard('login')
    await wechat.untilWatched()
    const ids = await bringLetters(wechat, events, letters)

    const answers = {}
    const kept = {}
    for (const [title, method, play] of script) {
      const state = stateOf(wechat)
      const outcomes = []
      const from = events.all.length
      const call = async (...args) => {
        const given = []
        outcomes.push(await outcomeOf(async () => {
          given.push(await puppet[method](...args))
          return given[0]
        }))
        return given
      }
      const heard = async (name, isIt) => outcomes.push(await comparable(await events.heard(name, isIt, from)))
      await play({ call, heard, id: letter => ids[letter], keep: (name, it) => { kept[name] = it }, made: name => kept[name] ?? [], puppet, self: stage.self, wechat })
      const expected = [...like?.[title].happened.keys() ?? []].flatMap(thing =>
        concerned(title, thing, accounts)?.map(account => ({ account, thing })) ?? [{ thing }])
      answers[title] = { happened: await happenings(wechat, state, expected), outcomes }
    }
    Object.defineProperty(answers, 'ids', { value: Object.values(ids) })
    Object.defineProperty(answers, 'stops', { value: wechat.accounts.map(({ counts }) => [counts.stop, counts.logout]) })
    return answers
  } finally {
    for (const close of closing) await close()
    rmSync(home, { force: true, recursive: true })
  }
}

/** An answer, or that there was none, and whether it took suspiciously long. */
async function outcomeOf (ask) {
  const asked = performance.now()
  try {
    const answer = await comparable(await ask())
    return { answer, slow: performance.now() - asked > 4000 }
  } catch (error) {
    const own = error instanceof TypeError || /not implemented|unsupported/i.test(error.message)
    return { rejected: own ? error.message : true, slow: performance.now() - asked > 4000 }
  }
}

function listenTo (puppet, names) {
  const all = []
  for (const name of names) {
    puppet.on(name, payload => all.push({ name, payload }))
  }
  const heard = async (name, isIt = () => true, from = 0) => {
    const find = () => all.slice(from).find(event => event.name === name && isIt(event.payload))
    return (await until(find, { seen: () => all, what: `event ${name}` })).payload
  }
  return { all, heard }
}

/** People write to north; returns the ids by which the client knows what they wrote. */
async function bringLetters (wechat, events, letters) {
  const ids = {}
  for (const [id, letter] of Object.entries(letters)) {
    await wechat.sayTo('north', ALICE, { ...letter, id, timestamp: WHEN })
    ids[id] = (await events.heard('message', ({ messageId }) => untagged(messageId) === id)).messageId
  }
  const mention = { id: 'room-1', mentionIdList: ['wxid_north', BOB], text: '@bot @Bob', timestamp: WHEN }
  await wechat.sayInRoom(ALICE, TEA, mention)
  ids['room-1'] = (await events.heard('message', ({ messageId }) => untagged(messageId) === 'room-1')).messageId
  await wechat.account('north').order('befriend', FRIENDSHIP)
  ids['friend-1'] = (await events.heard('friendship')).friendshipId
  await wechat.account('north').order('invite', INVITATION)
  ids['invite-1'] = (await events.heard('room-invite')).roomInvitationId
  return ids
}

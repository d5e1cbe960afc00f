/**
 * What a client was answered and what thereby happened at the accounts, in a form in which two runs can
 * be compared. Two things are made the same, and nothing else: the tags of ids (`<id>~<account>`), and
 * the identity (an account's own contact id, or the team's virtual self).
 */
import { createHash } from 'node:crypto'
import { FileBox } from 'file-box'

import { ACCOUNTS, selfOf, TEAM } from './world.js'

const SELVES = new Set([TEAM, ...ACCOUNTS.map(selfOf)])
const TAG = new RegExp(`~(${ACCOUNTS.join('|')})$`)
/** Ids that an account gave to what it sent: no two runs have the same. */
const SENT = new RegExp(`^(${ACCOUNTS.join('|')})-[0-9a-z]+-[0-9]+$`)

export const untagged = id => id.replace(TAG, '')
export const isTagged = id => TAG.test(id)

/** A value without tags and with one identity; boxes as what they are and hold. */
export async function comparable (value) {
  if (typeof value === 'string') return comparableText(value)
  if (value instanceof Uint8Array) return { bytes: sha256(value) }
  if (Array.isArray(value)) return oneSelf(await Promise.all(value.map(comparable)))
  if (value === null || typeof value !== 'object') return value
  if (FileBox.valid(value)) return comparableBox(value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && typeof one !== 'function')
  return Object.fromEntries(await Promise.all(entries.map(async ([key, one]) => [key, await comparable(one)])))
}

function comparableText (text) {
  if (SELVES.has(text)) return 'SELF'
  const id = untagged(text)
  return SENT.test(id) ? 'SENT' : id
}

/** Several accounts in one room are one member to a bot. */
function oneSelf (list) {
  return list.filter((one, index) => one !== 'SELF' || list.indexOf('SELF') === index)
}

async function comparableBox (box) {
  const { boxType, md5, metadata, name, size, type, uuid: _uuid, ...more } = box.toJSON()
  const held = box.type === 2 ? {} : { sha256: sha256(await box.toBuffer()) }
  return { box: await comparable({ boxType, md5, metadata, name, size, type, ...more }), ...held }
}

const PATIENCE = 2_000

/**
 * What happened at accounts since `before`: { thing => [accounts] }. Waits a while for what is expected
 * ([{ thing, account? }]); what does not come is missing in the result.
 */
export async function happenings (wechat, before, expected = []) {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const at = await happenedSoFar(wechat, before)
    const arrived = ({ account, thing }) => at.has(thing) && (!account || at.get(thing).includes(account))
    if (expected.every(arrived) || Date.now() > deadline) return at
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

async function happenedSoFar (wechat, before) {
  const acts = wechat.acts().slice(before.acts).map(({ account, args, method, result }) => ({ account, thing: { args, method, result } }))
  const sends = wechat.ledger().filter(({ id }) => !before.sent.has(id)).map(
    ({ account, forwarded, id: _id, sent: _sent, sentAt: _sentAt, timestamp: _timestamp, ...thing }) => ({ account, thing: { ...thing, forwarded } }))
  const at = new Map()
  for (const { account, thing } of [...acts, ...sends]) {
    const key = JSON.stringify(await comparable(thing))
    at.set(key, [...(at.get(key) ?? []), account])
  }
  return at
}

export const stateOf = wechat => ({ acts: wechat.acts().length, sent: new Set(wechat.ledger().map(({ id }) => id)) })

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/**
 * Two days held against each other: what the bot heard and what people saw, in the order of each conversation, and
 * what else the accounts were made to do. Made the same, and nothing else: the tags of ids and the virtual self
 * (`comparable`), the name under which an account mentions itself, and the replacement for half a character.
 *
 * Not compared, since a stock bot at one phone does not determine it (seen in every second day that was played twice):
 * - the order in which it hears its own words: a send's answer and its echo race in the client. People's order counts.
 * - where room events lie between messages: the client reads the whole room before it tells of one.
 * - what is said while the bot is away: one phone loses it. A team must not, see `awayOf`.
 *
 * Nor is what the team itself asks the heartbeat contact: nobody asks a phone without a team.
 */
import { comparable } from '../transcript.js'
import { HEARTBEAT } from '../world.js'
import { idOf, NAMES } from './places.js'

/** What the bot heard: { [place]: { others: [...], own: [...], events: [...] } }. */
export async function heardOf (day) {
  const places = {}
  const isDouble = heardTwice(day)
  for (const { id: _id, self, where, ...heard } of day.bot.heard) {
    if (isAway(day, heard.text) || day.hung.includes(heard.text)) continue
    if (self && isDouble(where, heard)) continue
    const place = places[where] ??= { events: [], others: [], own: [] }
    place[heard.kind !== 'message' ? 'events' : self ? 'own' : 'others'].push(await told(heard))
  }
  for (const { events, own } of Object.values(places)) for (const list of [events, own]) list.sort()
  return places
}

/** Odd events, as the bot's puppet told them, without the fields that are odd in them. */
export async function oddOf (day) {
  const seen = day.bot.raw.map(({ name, payload: { inviteeIdList, newTopic, removeeIdList, roomId } }) =>
    ({ name, newTopic, roomId, who: inviteeIdList ?? removeeIdList }))
  return (await Promise.all(seen.map(told))).sort()
}

/** What people saw of the bot: { [place]: [...] }. */
export async function seenOf (day) {
  const places = {}
  const sends = day.wechat.ledger().sort((one, other) => one.sentAt - other.sentAt)
  const isDouble = doubles(day)
  for (const { account, content, filename, forwarded, listenerId, mentionIdList, roomId, text, type } of sends) {
    if (listenerId === HEARTBEAT && text === 'ding') continue
    if (forwarded && isDouble(account, roomId ?? listenerId, { content, text, type })) continue
    const sent = { content, filename, forwarded: forwarded && true, mentionIdList, text: ownName(text, roomId, account, day), type }
    ;(places[roomId ?? listenerId] ??= []).push(await told(sent))
  }
  return places
}

/** Of what the fork's accounts said twice the bot hears both: as many as there are pairs are passed over. Whose each is, it is not told. */
function heardTwice (day) {
  const [isDouble, pairs] = [doubles(day), new Map()]
  const key = (where, { text, type }) => JSON.stringify([where, text, type])
  for (const { account, forwarded, listenerId, roomId, ...said } of day.wechat.ledger()) {
    const of = key(roomId ?? listenerId, said)
    if (forwarded && isDouble(account, of)) pairs.set(of, (pairs.get(of) ?? 0) + 1)
  }
  return (where, heard) => {
    const left = pairs.get(key(where, heard)) ?? 0
    pairs.set(key(where, heard), left - 1)
    return left > 0
  }
}

/** The fork's service forwards a single message twice, direct too: of each such pair the second one is passed over, and no other. */
function doubles (day) {
  const halves = new Set()
  return (account, ...what) => {
    if (!day.isFork(account)) return false
    const key = JSON.stringify([account, ...what])
    if (halves.delete(key)) return true
    halves.add(key)
    return false
  }
}

/** What else the accounts were made to do, by what it was. */
export async function doneOf (day) {
  const acts = day.wechat.acts().filter(({ method }) => method !== 'dirtyPayload')
  return (await Promise.all(acts.map(({ args, method }) => told({ args, method })))).sort()
}

/** What was said while the bot was away, and what came of it in the order of its stream, by place. */
export function awayOf (day) {
  const heard = new Map(day.bot.heard.map(one => [one.id, one]))
  // What was not acknowledged when a stream broke comes again under the same id.
  const came = [...new Set(day.bot.ids)].map(id => heard.get(id)).filter(one => one && isAway(day, one.text))
  return { heard: byPlace(came), said: byPlace(day.away.map(({ letter, where }) => ({ text: letter, where: idOf(where) }))) }
}

const isAway = (day, text) => day.away.some(({ letter }) => letter === text)

function byPlace (said) {
  const places = {}
  for (const { text, where } of said) (places[where] ??= []).push(text)
  return places
}

/** Where two transcripts differ: what is missing, what is too much, or else where their order parts. */
export function differences (name, expected, actual) {
  const found = []
  for (const key of [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort()) {
    const [is, due] = [actual[key] ?? [], expected[key] ?? []]
    if (!Array.isArray(due) || !Array.isArray(is)) {
      found.push(...differences(`${name} in ${key}`, due, is))
      continue
    }
    const [missing, extra] = [without(due, is), without(is, due)]
    const at = due.findIndex((one, index) => one !== is[index])
    if (missing.length > 0) found.push(`${name} in ${key}: missing ${some(missing)}`)
    if (extra.length > 0) found.push(`${name} in ${key}: too much ${some(extra)}`)
    else if (missing.length === 0 && at !== -1) {
      found.push(`${name} in ${key}: in another order, due ${some(due.slice(at, at + 4))}\n    but ${some(is.slice(at, at + 4))}`)
    }
  }
  return found
}

/** What is left of a list when each of the others has taken out one like itself. */
export function without (list, others) {
  const left = new Map()
  for (const one of others) left.set(one, (left.get(one) ?? 0) + 1)
  return list.filter(one => {
    const count = left.get(one) ?? 0
    left.set(one, count - 1)
    return count <= 0
  })
}

const some = list => [`${list.length}`, ...list.slice(0, 5).map(one => one.slice(0, 200))].join('\n    ')

function ownName (text, roomId, account, day) {
  const alias = day.wechat.world.rooms[roomId]?.roomAlias[`wxid_${account}`]
  const name = alias ?? NAMES[day.accounts.indexOf(account)]
  return text.replaceAll(`@${name}\u2005`, '@SELF\u2005').replaceAll(`@${name} `, '@SELF ')
}

async function told (thing) {
  const text = JSON.stringify(await comparable(thing))
  // A lone surrogate, or what a decoder makes of its three bytes.
  return text.replace(/(\\ud[89a-f][0-9a-f]{2}|\ufffd)+/gi, '\ufffd')
}

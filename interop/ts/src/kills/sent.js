/** The judge of what bots asked for, by what the world saw and what they were told. */
import { HEARTBEAT } from '../world.js'
import { A_MOMENT, keyOf } from './given.js'

/** What the team did, of each key: [{ account, at, id, sha256?, where }]. */
export function doneOf (accounts) {
  const done = new Map()
  const enter = (key, entry) => done.set(key, [...done.get(key) ?? [], entry])
  for (const account of accounts) {
    for (const message of account.ledger()) {
      const { content, id, listenerId, roomId, sentAt: at } = message
      if (listenerId === HEARTBEAT) continue
      enter(keyOf(message), { account: account.name, at, id, sha256: content?.file.sha256, where: roomId ?? listenerId })
    }
    for (const { args: [where, { hello }], at, method } of account.acts()) {
      if (method === 'friendshipAdd') enter(hello, { account: account.name, at, where })
    }
  }
  return done
}

/** So the gateway speaks of what it has surely not done. */
const NOTHING_DONE = /RESOURCE_EXHAUSTED: it waited|nothing (was|has been) (sent|done)|(was|is) not sent/

/** What is wrong with what one bot's wishes came to: { faults, figures }. */
export function judgeSent ({ diary, done, lives, name, read }) {
  const asks = diary.filter(({ what }) => what === 'asks')
  const told = new Map(diary.filter(({ what }) => what === 'told').map(entry => [entry.key, entry]))
  const faults = []
  const figures = { asked: asks.length, failed: 0, failedAndDone: 0, neverTold: 0, ok: 0, overPace: 0, whys: {} }
  for (const { at, key, kind, sha256, where } of asks) {
    const times = done.get(key) ?? []
    const answer = told.get(key)
    if (times.length > 1) faults.push(`${name}: ${kind} ${key} was done ${times.length} times: ${JSON.stringify(times)}`)
    if (answer?.ok && times.length === 0) faults.push(`${name}: ${kind} ${key} was not done, and it was told that it was`)
    for (const one of times) {
      if (one.where !== where) faults.push(`${name}: ${key} was for ${where} and came to ${one.where}`)
      if (one.sha256 !== sha256) faults.push(`${name}: the file ${key} is another one`)
    }
    if (!answer) figures.neverTold++
    else if (answer.ok) figures.ok++
    else {
      const isUndone = NOTHING_DONE.test(answer.error)
      if (isUndone && times.length > 0) faults.push(`${name}: ${kind} ${key} was done, and it was told: ${answer.error}`)
      // It waited for its turn as long as anything may.
      if (/^8 RESOURCE_EXHAUSTED: it waited/.test(answer.error) && times.length === 0) { figures.overPace++; continue }
      figures.failed++
      if (times.length > 0) figures.failedAndDone++
      const isOfKill = lives.some(({ from, to }) => from <= answer.at && to >= at - AWAY)
      const why = `${isOfKill ? 'about a kill' : 'WITHOUT A KILL'}: ${answer.code ?? ''} ${answer.error.replace(/[0-9a-z]+-[0-9a-z]+-\d+|[a-z]+\.\d+\.\d+|\d+/g, '…')}`
      figures.whys[why] = (figures.whys[why] ?? 0) + 1
      if (!isOfKill) faults.push(`${name}: ${kind} ${key} was refused: ${answer.error}`)
    }
  }
  const files = judgeRead({ diary, lives, name, read })
  return { faults: [...faults, ...disorderOf({ asks, done, name }), ...files.faults], figures: { ...figures, files: files.figures } }
}

/** So long a client may take until it tries to connect again. */
const AWAY = 5_000 + A_MOMENT

/** What a process of a bot said in a place arrives as it was said. A file the client looks into first, and texts pass it. */
function disorderOf ({ asks, done, name }) {
  const faults = []
  const newest = new Map()
  const arrived = asks
    .filter(({ key, kind }) => kind === 'text' && done.has(key))
    .map(({ key, where }, number) => ({ at: done.get(key)[0].at, key, line: `${where} ${key.split('.')[1]}`, number }))
    .sort((one, other) => one.at - other.at)
  for (const one of arrived) {
    const last = newest.get(one.line)
    if (last && one.number < last.number) faults.push(`${name}: ${one.key} arrived after ${last.key} in ${one.line}`)
    else newest.set(one.line, one)
  }
  return faults
}

/** Files of people, as the bot read them: whole, unless the gateway was killed meanwhile. */
function judgeRead ({ diary, lives, name, read }) {
  const faults = []
  const figures = { cut: 0, failed: 0, whole: 0 }
  const begun = new Map()
  for (const { at, error, key, sha256, what } of diary) {
    if (what === 'heard') begun.set(key, at)
    if (what !== 'read' && what !== 'unread' || !read.has(key)) continue
    const isOfKill = lives.some(({ from, to }) => from <= at && to >= begun.get(key) - AWAY)
    if (sha256 === read.get(key)) figures.whole++
    else if (what === 'unread') figures.failed++
    // A stock client may take what came before its connection broke for all of it.
    else if (isOfKill) figures.cut++
    if (sha256 !== read.get(key) && !isOfKill) faults.push(`${name}: it read ${key} as something else: ${error ?? sha256}`)
  }
  return { faults, figures }
}

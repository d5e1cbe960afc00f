/** The judge of what bots were given, by what accounts showed. */

/**
 * What was on its way when the gateway was killed it had not taken, and what it was told so shortly before is perhaps not
 * on its disk: what was said then may be gone, and what was acknowledged be given again. In milliseconds, on a machine that
 * has time; see `momentOf`.
 */
export const A_MOMENT = 500

/** A moment on this machine, as busy as it was: ten times as long as it mostly took until a bot was given what was shown. */
export function momentOf ({ diaries, keys, shown }) {
  const delays = diaries.flatMap(({ diary }) => givenOf(diary, keys).flatMap(({ at, key }) => {
    const whole = shown.get(key)?.filter(entry => entry.at <= at && entry.until > at) ?? []
    return whole.map(entry => at - entry.at)
  })).sort((one, other) => one - other)
  return Math.max(A_MOMENT, 10 * (delays[Math.floor(delays.length / 2)] ?? 0))
}

/** By what a message is known everywhere: people and bots say nothing twice. */
export const keyOf = ({ filename, text }) => filename || text

/**
 * When each account showed what, and until when the stream was open on which it did: of each key
 * [{ account, at, until }], without those who showed it to nobody.
 */
export function shownOf ({ accounts, streams }) {
  const shown = new Map()
  for (const account of accounts) {
    const changes = streams[account.name]
    let next = 0
    for (const message of account.messages()) {
      if (message.sent) continue
      while (next < changes.length && changes[next].at <= message.shownAt) next++
      if (!changes[next - 1]?.open) continue
      const until = changes[next]?.at ?? Infinity
      const entry = { account: account.name, at: message.shownAt, id: message.id, until }
      const key = keyOf(message)
      if (shown.has(key)) shown.get(key).push(entry)
      else shown.set(key, [entry])
    }
  }
  return shown
}

/** Whether a gateway that was there long enough was shown it. */
const isDue = (entries, moment) => entries?.some(({ at, until }) => until - at > moment) ?? false

/** The id that the account gave it. */
const plain = id => id.split('~')[0]

/** What a bot was given, each time: [{ at, id, key }]. */
function givenOf (diary, keys) {
  return diary.filter(({ what }) => what === 'given').map(({ at, id }) => ({ at, id, key: keys.get(plain(id)) }))
}

/** What of a kind stands in a diary, by what it is about. */
const keysOf = (diary, kind) => new Set(diary.filter(({ what }) => what === kind).map(({ key }) => key))

/** What any of these bots was given: that is on the disk by then, and due to all of them. */
export function givenToAny (diaries, keys) {
  return new Set(diaries.flatMap(({ diary }) => givenOf(diary, keys).map(({ key }) => key)))
}

/** Of what people said, what a bot should have been given, with what it says, and was not. */
export function lostOf (diary, said, { known, moment, shown }) {
  const took = keysOf(diary, 'took')
  return said.filter(({ key }) => (isDue(shown.get(key), moment) || known.has(key)) && !took.has(key))
}

/** What is wrong with what one bot was given: { faults, figures }. */
export function judgeGiven ({ diary, done, keys, known, lives, moment, name, said, shown }) {
  const given = givenOf(diary, keys)
  const first = new Map()
  for (const entry of given) if (!first.has(entry.key)) first.set(entry.key, entry)
  const faults = lostOf(diary, said, { known, moment, shown }).map(({ key }) => `${name}: ${key} is lost: ${JSON.stringify({ given: given.filter(it => it.key === key), shown: shown.get(key) })}`)
  // Gone with the gateway that was being told.
  const gone = said.filter(({ key }) => shown.has(key) && !first.has(key) && !isDue(shown.get(key), moment))
  const latest = gone.map(({ key }) => Math.max(...shown.get(key).map(({ at, until }) => until - at)))
  // What was done twice is two messages, and another judge's.
  const again = judgeAgain({ diary, given: given.filter(({ key }) => !(done.get(key)?.length > 1)), lives, moment, name })
  const order = judgeOrder({ first, name, said, shown })
  const heard = keysOf(diary, 'heard')
  return {
    faults: [...faults, ...again.faults, ...order.faults],
    figures: {
      given: first.size,
      again: given.length - first.size,
      acknowledgedBefore: again.latest,
      gone: gone.length,
      goneBefore: Math.round(Math.max(0, ...latest)),
      orderUnknowable: order.unknowable,
      // A stock client tells its user of a message once it knows who said it, and where: if it can't read that, never.
      untold: [...keysOf(diary, 'took')].filter(key => !heard.has(key)).length,
    },
  }
}

/** Given again: only over a break, and what was acknowledged only if that was a moment before a kill. */
function judgeAgain ({ diary, given, lives, moment, name }) {
  const faults = []
  let latest = 0
  const took = diary.filter(({ what }) => what === 'took')
  const breaks = diary.filter(({ what }) => what === 'stops' || what === 'born' || what === 'stream').map(({ at }) => at)
  const killed = lives.filter(({ from }) => from !== undefined)
  const before = new Map()
  for (const entry of given) {
    const last = before.get(entry.key)
    before.set(entry.key, entry)
    if (!last) continue
    const between = killed.filter(({ from, to }) => to > last.at && from < entry.at)
    if (between.length === 0 && !breaks.some(at => at > last.at && at < entry.at)) {
      faults.push(`${name}: ${entry.key} was given twice on one stream, at ${last.at} and ${entry.at}, as ${last.id} and ${entry.id}`)
    }
    const read = took.find(({ at, key }) => key === entry.key && at >= last.at && at < entry.at)
    if (!read) continue
    const until = Math.min(...between.map(({ from }) => from)) - read.at
    if (until > moment) faults.push(`${name}: ${entry.key} was acknowledged ${until} ms before the kill, and given again`)
    else latest = Math.max(latest, Math.round(until))
  }
  return { faults, latest }
}

/** In each conversation in the order in which it was said. */
function judgeOrder ({ first, name, said, shown }) {
  const faults = []
  let unknowable = 0
  const places = new Map()
  for (const entry of said) places.set(entry.where, [...places.get(entry.where) ?? [], entry])
  for (const [where, entries] of places) {
    let newest
    const numbers = new Map(entries.map(({ key }, number) => [key, number]))
    for (const { key } of first.values()) {
      if (!numbers.has(key)) continue
      if (newest === undefined || numbers.get(key) > numbers.get(newest)) newest = key
      else if (couldKnow(shown.get(newest), shown.get(key))) faults.push(`${name}: in ${where} ${key} came after ${newest}`)
      else unknowable++
    }
  }
  return { faults, unknowable }
}

/** Whoever showed the later one had shown the earlier one as well. */
const couldKnow = (later, earlier) => later.every(({ account }) => earlier.some(it => it.account === account))

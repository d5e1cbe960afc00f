/** The judge of pace, by when accounts did what: over all lives of the gateway, and whatever it counted itself. */
import { LIMITS } from './places.js'

/** A gateway counts by a clock that begins anew with it, in whole milliseconds. */
const SLACK = 5

/** The most that happened in any stretch of this length, and when the fullest one began and ended. */
function fullest (times, within) {
  let [most, first] = [{ count: 0 }, 0]
  times.forEach((at, last) => {
    while (at - times[first] >= within - SLACK) first++
    if (last - first + 1 > most.count) most = { count: last - first + 1, from: times[first], to: at }
  })
  return most
}

/** How many stretches that were full had a kill within. */
function fullOverKills (times, { count, within }, lives) {
  let full = 0
  for (let last = count - 1; last < times.length; last++) {
    const [from, to] = [times[last - count + 1], times[last]]
    if (to - from < within && lives.some(life => life.from > from && life.to < to)) full++
  }
  return full
}

/** What is over pace: { faults, figures }. */
export function judgePace ({ done, lives, strangers }) {
  const lines = { friendAdds: new Map(), messages: new Map(), perConversation: new Map() }
  const enter = (line, key, at) => line.set(key, [...line.get(key) ?? [], at])
  const all = [...done.values()].flat().sort((one, other) => one.at - other.at)
  for (const { account, at, where } of all) {
    if (strangers.includes(where)) enter(lines.friendAdds, account, at)
    else {
      enter(lines.messages, account, at)
      enter(lines.perConversation, where, at)
    }
  }
  const [faults, figures] = [[], {}]
  for (const [kind, limits] of Object.entries(LIMITS)) {
    for (const limit of limits) {
      const said = `${kind} ${limit.count}/${limit.within / 1000}s`
      let [most, overKills] = [0, 0]
      for (const [key, times] of lines[kind]) {
        const found = fullest(times, limit.within)
        most = Math.max(most, found.count)
        overKills += fullOverKills(times, limit, lives)
        if (found.count > limit.count) faults.push(`${key}: ${found.count} of ${said} from ${found.from} to ${found.to}`)
      }
      figures[said] = { most, fullOverKills: overKills }
    }
  }
  return { faults, figures }
}

/** A day as it was played, and two of them held against each other. */
import { awayOf, differences, doneOf, heardOf, oddOf, seenOf, without } from './compare.js'
import { arrange } from './places.js'
import { playDay } from './play.js'
import { Stage } from '../stage.js'

/**
 * A day, played on a fresh stage, with all that is to be compared of it.
 *
 * @param {object} options of the stage, and `client`: whose packages the bot is made of
 */
export async function live (t, script, { client, ...options }) {
  const stage = await Stage.open(t, { accountTls: 'off', arrange, botTls: 'off', ...options })
  const played = await playDay(stage, script, client)
  t.diagnostic(`${played.bot.heard.length} heard, ${played.wechat.ledger().length} said; seconds: ${JSON.stringify(played.seconds)}`)
  return { away: awayOf(played), day: played, done: await doneOf(played), heard: await heardOf(played), odd: await oddOf(played), seen: await seenOf(played) }
}

/** What is odd of the generations themselves, direct too, is made the same in days of bots and accounts of different ones. */
const LIKENED = {
  'the fork’s service forwards a single message twice': day => ({
    ...day, heard: each(day.heard, ({ own, ...more }) => ({ ...more, own: once(own, isPassedOn) })), seen: each(day.seen, said => once(said, ({ forwarded }) => forwarded)),
  }),
  'the fork’s client may hand on what comes together in the order in which its disk answers': day => ({
    ...day,
    heard: each(day.heard, ({ others, ...more }) => ({ ...more, others: betweenBells(others) })),
    // So is what it answers to; but each answer is said in its order.
    seen: each(day.seen, said => betweenBells(said, ({ text }) => /^[^:]*: (?=\d+\/\d+$)/.exec(text)?.[0])),
  }),
  'the community’s service hands its puppet a place in another form': day => ({
    ...day, seen: each(day.seen, said => changed(said, it => it.content?.location ? { ...it, content: { location: 'a place' } } : it)),
  }),
  'the fork’s puppet is told whom a member that it adds may quote': day => ({
    ...day, done: changed(day.done, it => it.method === 'roomAdd' ? { ...it, args: it.args.slice(0, 3) } : it),
  }),
}

/** A day, without what is odd of the generations. */
export const likened = day => Object.values(LIKENED).reduce((it, like) => like(it), day)

const each = (places, change) => Object.fromEntries(Object.entries(places).map(([place, what]) => [place, change(what)]))
const changed = (list, change) => list.map(one => JSON.stringify(change(JSON.parse(one))))
const once = (list, isTwice) => list.filter((one, at) => one !== list[at - 1] || !isTwice(JSON.parse(one)))
const isPassedOn = ({ text, type }) => type === 6 || text?.startsWith('pass')

/** What came between two bells, in any order; what is of one kind keeps its own. */
function betweenBells (list, kindOf = () => {}) {
  const parts = [[]]
  for (const one of list) /"text":"(bell|rung) \d/.test(one) ? parts.push([one], []) : parts.at(-1).push(one)
  const kind = one => kindOf(JSON.parse(one)) ?? one
  return parts.flatMap(part => part.map(one => [kind(one), one]).sort(([one], [other]) => one < other ? -1 : Number(one > other)).map(([, one]) => one))
}

/** Where a day parts from what is due. */
export function compare (due, is) {
  return [
    ...is.day.late.map(({ scene, what }) => `late, in "${scene}": ${what}`),
    ...without(is.day.bot.failed, due.day.bot.failed).map(what => `the bot failed: ${what}`),
    ...differences('heard', due.heard, is.heard),
    ...differences('people saw', due.seen, is.seen),
    ...differences('done', { accounts: due.done }, { accounts: is.done }),
    ...differences('odd events', { puppet: due.odd }, { puppet: is.odd }),
  ]
}


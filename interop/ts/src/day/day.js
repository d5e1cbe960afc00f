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
export async function live (t, script, { client, generation = 'current', ...options }) {
  const stage = await Stage.open(t, { accountTls: 'off', arrange, botTls: 'off', generation, ...options })
  const played = await playDay(stage, script, client)
  played.isFork = account => `${Array.isArray(generation) ? generation[played.accounts.indexOf(account)] : generation}`.startsWith('juzi')
  t.diagnostic(`${played.bot.heard.length} heard, ${played.wechat.ledger().length} said; seconds: ${JSON.stringify(played.seconds)}`)
  return { away: awayOf(played), day: played, done: await doneOf(played), heard: await heardOf(played), odd: await oddOf(played), seen: await seenOf(played) }
}

/** What is odd of the generations, direct too, is made the same; nothing is left out by it. */
const LIKENED = {
  'the community’s service hands its puppet a place in another form': day => ({
    ...day, seen: each(day.seen, said => changed(said, it => it.content?.location ? { ...it, content: { location: placeOf(it.content.location) } } : it)),
  }),
  'the fork’s puppet is told whom a member that it adds may quote: nobody': day => ({
    ...day, done: changed(day.done, it => it.method === 'roomAdd' && it.args[3]?.length === 0 ? { ...it, args: it.args.slice(0, 3) } : it),
  }),
}

/** The fork’s client may hand on what comes together in the order in which its disk answers. So is what it answers to; but each answer is said in its order. */
const inItsClientsOrder = day => ({
  ...day,
  heard: each(day.heard, ({ others, ...more }) => ({ ...more, others: betweenBells(others) })),
  seen: each(day.seen, said => betweenBells(said, ({ text }) => /^[^:]*: (?=\d+\/\d+$)/.exec(text)?.[0])),
})

/** A day, without what is odd of the generations and of this client. */
export const likened = (day, client = 'current') =>
  [...Object.values(LIKENED), ...client === 'juzi' ? [inItsClientsOrder] : []].reduce((it, like) => like(it), day)

const each = (places, change) => Object.fromEntries(Object.entries(places).map(([place, what]) => [place, change(what)]))
const changed = (list, change) => list.map(one => JSON.stringify(change(JSON.parse(one))))
const placeOf = ({ accuracy, address, latitude, longitude, name, u }) => u ?? [accuracy, address, latitude, longitude, name]

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


/** Compares what everybody wrote down: { faults, figures }. */
import { givenToAny, judgeGiven, keyOf, momentOf, shownOf } from './given.js'
import { judgeLedger } from './ledger.js'
import { STRANGER } from './places.js'
import { doneOf, judgeSent } from './sent.js'
import { judgePace } from './windows.js'

/**
 * @param {object} course
 * @param {{ name: string, acts: () => object[], ledger: () => object[], messages: () => object[] }[]} course.accounts
 * @param {{ name: string, diary: () => object[] }[]} course.bots
 * @param {number} course.ended when its last gateway was told to end
 * @param {{ from?: number, kind: string, spawned: number, to?: number }[]} course.lives
 * @param {object[]} course.said what people said, in order
 * @param {object[]} course.sends the gateway's ledger
 * @param {Record<string, { at: number, open: boolean }[]>} course.streams
 */
export function judge ({ accounts, bots, ended, lives, said, sends, streams }) {
  const killed = lives.filter(({ from }) => from !== undefined)
  const [done, shown] = [doneOf(accounts), shownOf({ accounts, streams })]
  const keys = new Map(accounts.flatMap(account => account.messages().map(message => [message.id, keyOf(message)])))
  const read = new Map(said.filter(({ sha256 }) => sha256).map(({ key, sha256 }) => [key, sha256]))
  const diaries = bots.map(bot => ({ diary: bot.diary(), name: bot.name }))
  const [known, moment] = [givenToAny(diaries, keys), momentOf({ diaries, keys, shown })]
  const judged = [
    ...diaries.flatMap(({ diary, name }) => [
      [`given to ${name}`, judgeGiven({ diary, done, keys, known, lives: killed, moment, name, said, shown })],
      [`asked by ${name}`, judgeSent({ diary, done, lives: killed, name, read })],
    ]),
    ['pace', judgePace({ done, lives: killed, strangers: [STRANGER] })],
    ['ledger', judgeLedger({ bots: diaries, done, keys, lives: killed, moment, sends })],
  ]
  const asked = new Set(diaries.flatMap(({ diary }) => diary.filter(({ what }) => what === 'asks').map(({ key }) => key)))
  const strange = [...done.keys()].filter(key => !asked.has(key)).map(key => `nobody asked for ${key}`)
  const idle = killed.length < MANY ? [] : idleOf(Object.fromEntries(judged.map(([name, { figures }]) => [name, figures])), said.length)
  const unforced = closedByItself(streams, killed, ended)
  return {
    faults: [...judged.flatMap(([, { faults }]) => faults), ...strange, ...idle],
    figures: {
      kills: countsOf(killed.map(({ kind }) => kind)),
      msAMoment: Math.round(moment),
      msToServe: spreadOf(lives.filter(({ serving }) => serving).map(({ serving, spawned }) => serving - spawned)),
      msToKill: spreadOf(killed.map(({ from, spawned }) => from - spawned)),
      people: { files: read.size, nobodyThere: said.filter(({ key }) => !shown.has(key)).length, texts: said.length - read.size },
      bots: Object.fromEntries(bots.map(({ crashes, name, runs }) => [name, { crashes, runs }])),
      streamsClosedWithoutKill: unforced,
      ...Object.fromEntries(judged.map(([name, { figures }]) => [name, figures])),
    },
  }
}

/** Of so many lives it can be told whether anything happened in them. */
const MANY = 20

/** What was hardly tried: that nothing is wrong with it says nothing then. */
function idleOf (figures, said) {
  const idle = []
  for (const [name, of] of Object.entries(figures)) {
    if (of.given !== undefined && of.given < said / 5) idle.push(`${name}: only ${of.given} of ${said} things that people said`)
    // What was being told when the gateway was killed is an exception, and not the rule.
    if (of.gone !== undefined && of.gone > of.given / 10) idle.push(`${name}: ${of.gone} things are gone with a gateway, beside ${of.given} that are not`)
    if (of.ok !== undefined && of.ok < of.asked / 10) idle.push(`${name}: only ${of.ok} of ${of.asked} wishes were told to be fulfilled`)
  }
  return idle
}

/** Streams that ended while the gateway lived. */
function closedByItself (streams, lives, ended) {
  const ends = Object.values(streams).flat().filter(({ open }) => !open).map(({ at }) => at)
  return ends.filter(at => at < ended && !lives.some(({ from, to }) => at >= from && at <= to + 1_000)).length
}

function spreadOf (times) {
  const sorted = times.map(Math.round).sort((one, other) => one - other)
  return { max: sorted.at(-1), median: sorted[sorted.length >> 1] }
}

function countsOf (things) {
  const counts = { all: things.length }
  for (const thing of things) counts[thing] = (counts[thing] ?? 0) + 1
  return counts
}

/** When a gateway is killed: at moments of all kinds, by the dice. */
import { once } from 'node:events'

import { pick } from '../seeded-random.js'

/** What is waited for comes in this time, or the blow falls without it. */
const PATIENCE = 2_500

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** The first of these, or nothing in time. */
const within = async (ms, ...things) => {
  const over = new AbortController()
  await Promise.race([pause(ms), ...things.map(([emitter, event]) => once(emitter, event, { signal: over.signal }))]).finally(() => over.abort())
}

/**
 * Kinds of lives, by when they end. Each is told the dice, and the course: its `bots`, `accounts`, `talk`, and `serves`,
 * the promise that the gateway does.
 */
const KINDS = {
  /** While it reads its store, or just after. */
  start: async ({ random }) => pause(random() * 250),
  /** It serves, and accounts and bots connect. */
  early: async ({ random, serves }) => { await serves; await pause(random() * 100) },
  /** While people talk. */
  talk: async ({ random, serves }) => { await serves; await pause(100 + random() * 1_300) },
  /** A bot has just asked for something. */
  asks: async ({ bots, random, serves }) => {
    await serves
    await pause(200)
    await within(PATIENCE, ...bots.map(bot => [bot, 'asks']))
    await pause(random() * 25)
  },
  /** An account has just delivered something, and nobody was told. */
  sent: async ({ accounts, random, serves }) => {
    await serves
    await pause(200)
    await within(PATIENCE, ...accounts.map(account => [account, 'sent']))
    await pause(random() * 4)
  },
  /** A file is on its way. */
  file: async ({ bots, random, serves, talk }) => {
    await serves
    await pause(300)
    const bot = pick(random, bots.filter(({ upAt }) => upAt > 0)) ?? bots[0]
    talk.ask(bot.name, 'upload', 'wxid_alice')
    await within(PATIENCE, [bot, 'upload'])
    await pause(random() * 60)
  },
  /** Long enough for a bot that comes back by itself. */
  long: async ({ random, serves }) => { await serves; await pause(10_000 + random() * 3_000) },
}

/** The more often, the more likely. */
const USUAL = ['start', 'start', 'start', 'early', 'talk', 'talk', 'talk', 'talk', 'talk', 'asks', 'asks', 'asks', 'sent', 'sent', 'sent', 'file', 'file']

/** Of which kind this life is. */
export const kindOf = (random, life) => life % 40 === 20 ? 'long' : pick(random, USUAL)

/** Until it is time to kill. */
export const untilBlow = (kind, course) => KINDS[kind](course)

/**
 * A course: a gateway with a store is killed again and again, while people talk at stock accounts and stock bots answer.
 * At the end everybody comes to rest, and all that anybody wrote down is there to be compared.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Gateway, gatewayBinary } from '../gateway.js'
import { monotonic } from '../monotonic.js'
import { seededRandom } from '../seeded-random.js'
import { until } from '../until.js'
import { WeChat } from '../wechat.js'
import { kindOf, untilBlow } from './blows.js'
import { CourseBot } from './bot-handle.js'
import { givenToAny, keyOf, lostOf, momentOf, shownOf } from './given.js'
import { BOTS, PACE } from './places.js'
import { Talk } from './talk.js'

/** Accounts take so many milliseconds at most before and after they deliver something. */
const LATENCY = 30
/** A new process of a bot that is not there by then tried while no gateway was. */
const LATE = 8_000
/** A stock client whose gateway is killed while it starts may wait for ever: its owner has had enough then. */
const ENOUGH = 30_000
/** All has come by then. */
const REST = 180_000

export class Course {
  /** [{ from, kind, serving?, spawned, to }]: killed after `from`, gone at `to`. */
  lives = []
  bots = []
  /** When each account's event stream was opened and closed: [{ at, open }]. */
  streams = {}

  static async open (seed) {
    const course = new Course(seed)
    course.wechat = await WeChat.open({ latency: LATENCY, seed, tls: 'off' })
    for (const { name } of course.accounts) course.streams[name] = []
    for (const account of course.accounts) account.on('stream', change => course.streams[account.name].push(change))
    const [first, ...others] = BOTS.map(name => ({ name, token: `insecure_${randomUUID()}` }))
    course.gateway = await Gateway.open({
      accounts: course.accounts,
      bot: others.flatMap(({ name, token }) => ['[[bot]]', `name = "${name}"`, `token = "${token}"`]),
      pace: PACE, store: ['path = "team.db"'], tls: 'off',
    })
    course.lives.push({ kind: 'first', serving: monotonic(), spawned: monotonic() })
    const diaries = join(course.wechat.directory, 'bots')
    mkdirSync(diaries)
    const { door } = course.gateway
    // The gateway's first bot has its token from there.
    course.bots = [{ name: first.name, token: door.token }, ...others]
      .map(({ name, token }) => new CourseBot(name, { ...door, token }, diaries))
    for (const bot of course.bots) bot.start()
    await until(() => course.bots.every(({ upAt }) => upAt > 0), { what: 'all bots are there', within: 60_000 })
    await course.wechat.untilWatched()
    return course
  }

  constructor (seed) {
    this.random = seededRandom(seed)
    // What people say does not depend on how long things take.
    this.words = seededRandom(seed + 1)
  }

  get accounts () { return this.wechat.accounts }

  bot (name) { return this.bots.find(bot => bot.name === name) }

  /** Kills it so often. */
  async rage (kills, heard = () => {}) {
    this.talk = new Talk(this.wechat, this.words)
    const talking = this.talk.goOn()
    await untilBlow('talk', this.blow(Promise.resolve()))
    await this.kill()
    while (this.lives.length < kills) {
      const kind = kindOf(this.random, this.lives.length)
      const serves = this.begin(kind)
      await untilBlow(kind, this.blow(serves))
      await this.kill()
      // Of one that was killed before it served that is no fault; that it ended by itself is.
      await serves.catch(error => { if (kind !== 'start' || !error.isKilled) throw error })
      heard(this.lives.length)
    }
    await this.begin('last')
    this.talk.stop()
    await talking
  }

  blow (serves) {
    const { accounts, bots, random, talk } = this
    return { accounts, bots, random, serves, talk }
  }

  /** A new life; the promise that it serves. */
  begin (kind) {
    const life = { kind, spawned: monotonic() }
    this.lives.push(life)
    const serves = this.gateway.start().then(() => {
      life.serving = monotonic()
      this.bot('brisk').order('restart')
      for (const bot of this.bots) if (bot.age > (bot.upAt === 0 ? LATE : ENOUGH)) bot.renew()
    })
    serves.catch(() => {})
    return serves
  }

  async kill () {
    const life = this.lives.at(-1)
    const fresh = this.bot('fresh')
    const wasUp = fresh.upAt > 0
    life.from = monotonic()
    await this.gateway.stop('SIGKILL')
    life.to = monotonic()
    // What it was given it reads first.
    if (wasUp) fresh.renew()
  }

  /** Until all that was to come has come. */
  async rest () {
    const pending = () => this.bots.map(({ pending }) => pending)
    const lost = () => {
      const shown = shownOf(this)
      const keys = new Map(this.accounts.flatMap(account => account.messages().map(message => [message.id, keyOf(message)])))
      const diaries = this.bots.map(bot => ({ diary: bot.diary() }))
      const due = { known: givenToAny(diaries, keys), moment: momentOf({ diaries, keys, shown }), shown }
      return this.bots.flatMap(bot => lostOf(bot.diary(), this.talk.said, due).map(({ key }) => `${bot.name}: ${key}`))
    }
    await until(async () => {
      const waiting = lost()
      for (const bot of this.bots) {
        if (bot.age > ENOUGH && waiting.some(text => text.startsWith(bot.name))) bot.renew()
        bot.pending = undefined
        bot.order('pending')
      }
      await new Promise(resolve => setTimeout(resolve, 500))
      return pending().every(count => count === 0) && waiting.length === 0
    }, { seen: () => ({ lost: lost().slice(0, 20), pending: pending() }), what: 'all is given and said', within: REST })
      // The judge says it better.
      .catch(error => { this.restless = error.message })
    this.sends = await this.gateway.sends(10_000_000)
    this.status = await this.gateway.status()
    this.ended = monotonic()
    for (const bot of this.bots) await bot.close()
    this.code = await this.gateway.stop()
    this.checked = execFileSync(gatewayBinary(), ['store', 'check', '--config', this.gateway.config], { encoding: 'utf8' })
  }

  async close ({ keep = false } = {}) {
    for (const bot of this.bots) await bot.close()
    if (keep) {
      const { lives, sends, streams, talk } = this
      writeFileSync(join(this.wechat.directory, 'course.json'), JSON.stringify({ lives, said: talk?.said, sends, streams }))
      await this.gateway?.stop('SIGKILL')
      await Promise.all(this.accounts.map(account => account.kill()))
      return [this.gateway?.directory, this.wechat?.directory]
    }
    await this.gateway?.close()
    await this.wechat?.close()
  }
}

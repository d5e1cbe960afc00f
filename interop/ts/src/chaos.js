/**
 * Kills accounts at random and starts them again, never the last one that is well: what is lost while
 * nobody at all could send would prove nothing. With `onlyWhenAllAreWell` one at a time: then whatever it
 * said last, a teammate was there all the while and saw it.
 */
import { pick } from './seeded-random.js'
import { until } from './until.js'

/** Milliseconds between two kills, and until a killed account is started again, from the dice. */
const BETWEEN = random => 100 + random() * 500
const DOWN = random => random() * 600

export class Chaos {
  /** [{ account, from, to }]: the process got its signal after `from` and was gone at `to`. */
  kills = []
  restarts = 0

  constructor (wechat, random, { onlyWhenAllAreWell = false } = {}) {
    this.wechat = wechat
    this.fewest = onlyWhenAllAreWell ? wechat.accounts.length : 2
    this.random = random
    this.well = new Set(wechat.accounts)
    this.rising = new Set()
    // An account is well again once it was given work: then the gateway knows that it is back.
    for (const account of wechat.accounts) account.on('sent', () => account.watched && this.well.add(account))
  }

  /** Goes on until `done()`, then waits until everybody is up. */
  async rage (done) {
    while (!done()) {
      await pause(BETWEEN(this.random))
      const victim = pick(this.random, [...this.well])
      if (this.well.size < this.fewest || done()) continue
      this.well.delete(victim)
      const from = performance.now()
      await victim.kill()
      // What it had reported in its last moment came in meanwhile, and made it look well.
      this.well.delete(victim)
      this.kills.push({ account: victim.name, from, to: performance.now() })
      const rise = this.raise(victim).finally(() => this.rising.delete(rise))
      this.rising.add(rise)
    }
    await Promise.all(this.rising)
  }

  async raise (account) {
    await pause(DOWN(this.random))
    await this.wechat.restart(account.name)
    this.restarts += 1
    await until(() => account.watched, { what: `${account.name} is watched again`, within: 60_000 })
  }
}

/** Not a wait for something: the dice say when the next blow falls. */
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** What people say while the gateway is killed and killed again: all sorts, everywhere, by the dice. */
import { createHash } from 'node:crypto'

import { monotonic } from '../monotonic.js'
import { pick } from '../seeded-random.js'
import { NORTH_ONLY, TEA } from '../world.js'
import { BOTS, PLACES } from './places.js'

/** Where they talk, and what they have a bot do: the more often, the more likely. */
const WHERE = [TEA, TEA, TEA, NORTH_ONLY, 'wxid_alice', 'wxid_alice', 'wxid_bob', 'wxid_bob']
const WHAT = ['echo', 'echo', 'echo', 'echo', 'mixed', 'file', 'file', 'upload', 'burst', 'all', 'befriend']
/** Milliseconds from one thing that is said to the next. */
const BETWEEN = random => 40 + random() * 200
/** One in so many is a file, one in so many asks nothing of anybody. */
const FILES = 8
const HUSH = 3
const SIZES = [500, 30_000, 250_000]

export class Talk {
  /** [{ at, key, sha256?, where }], in order. */
  said = []

  constructor (wechat, random) {
    this.wechat = wechat
    this.random = random
  }

  /** Until `stop()`. */
  async goOn () {
    while (!this.isOver) {
      this.sayAnything()
      await new Promise(resolve => setTimeout(resolve, BETWEEN(this.random)))
    }
  }

  stop () { this.isOver = true }

  sayAnything () {
    const [where, dice] = [pick(this.random, WHERE), this.random()]
    const number = this.said.length
    if (dice < 1 / FILES) {
      const bytes = Buffer.alloc(pick(this.random, SIZES), `people ${number} `)
      const key = `s${number}.bin`
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      this.say({ key, sha256, where }, { file: { bytes, name: key } })
    } else if (dice < 1 / FILES + 1 / HUSH) this.say({ key: `s${number}`, where })
    else this.ask(pick(this.random, BOTS), pick(this.random, WHAT), where)
  }

  /** Has a bot do something there. */
  ask (bot, what, where) {
    this.say({ key: `s${this.said.length} ${bot} ${what}`, where })
  }

  say (entry, message = entry.key) {
    const { to, who } = PLACES[entry.where]
    this.said.push({ at: monotonic(), ...entry })
    const talker = pick(this.random, who)
    if (to) this.wechat.sayTo(to, talker, message)
    else this.wechat.sayInRoom(talker, entry.where, message)
  }
}

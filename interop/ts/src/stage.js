/**
 * A stage for one test: WeChat with its accounts, and the door a bot goes in by: the gateway, or, to
 * prove that the stage itself tells the truth, the first account's own service, with no gateway at all.
 */
import { Gateway } from './gateway.js'
import { WeChat } from './wechat.js'
import { selfOf, TEAM } from './world.js'

/** The doors that most tests are run through. */
export const DOORS = [
  { accountTls: 'community', name: 'direct to an account, TLS', through: 'account' },
  { accountTls: 'off', name: 'direct to an account, plaintext', through: 'account' },
  { accountTls: 'community', botTls: 'community', name: 'through the gateway, TLS on both sides', through: 'gateway' },
  { accountTls: 'off', botTls: 'off', name: 'through the gateway, plaintext on both sides', through: 'gateway' },
]

export class Stage {
  /** Opens a stage that ends with the test `t`. */
  static async open (t, { through = 'gateway', account, accounts, arrange, bot, delivery, discovery, generation, health, late, latency, pace, seed, team, accountTls = 'community', botTls = 'community' } = {}) {
    const names = through === 'account' ? ['north'] : accounts
    const stage = new Stage()
    t.after(() => stage.close())
    stage.wechat = await WeChat.open({ accounts: names, arrange, generation, late, latency, seed, tls: accountTls })
    if (through === 'gateway') {
      stage.gateway = await Gateway.open({ account, accounts: stage.wechat.accounts, bot, delivery, discovery, health, pace, team, tls: botTls })
      stage.door = stage.gateway.door
      stage.self = TEAM
      await stage.wechat.untilWatched(stage.wechat.accounts.map(({ name }) => name).filter(name => !late?.includes(name)))
    } else {
      const [{ endpoint, tls, token }] = stage.wechat.accounts
      stage.door = { endpoint, tls, token }
      stage.self = selfOf('north')
    }
    return stage
  }

  bots = []

  /** The accounts a bot speaks through here. */
  get direct () { return !this.gateway }

  async openBot () {
    const { Bot } = await import('./bot.js')
    const bot = await Bot.open(this.door)
    this.bots.push(bot)
    return bot
  }

  async close () {
    for (const bot of this.bots) await bot.close().catch(() => {})
    await this.gateway?.close()
    await this.wechat?.close()
  }
}

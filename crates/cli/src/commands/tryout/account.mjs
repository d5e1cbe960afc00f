/**
 * A stand-in for a WeChat account, for `ha-wechaty try`: the stock `PuppetMock` of npm. It shows a code, is scanned soon after, and is
 * logged in from then on; a friend asks it "ding" again and again, and says in the log what comes back.
 */
import { PuppetMock } from 'wechaty-puppet-mock'
import { log, types } from 'wechaty-puppet'

const { Confirmed, Scanned, Waiting } = types.ScanStatus
/** In ms: so long people take to scan, and to confirm. */
const SCAN = 2_000
const CONFIRM = 1_000

export default class Account extends PuppetMock {
  /**
   * @param {object} options
   * @param {string} options.name the account's name
   * @param {string} options.friend the friend's
   * @param {number} options.every how often the friend asks, in ms
   */
  constructor (options) {
    super(options)
    const { friend, name } = options
    this.account = options
    this.self = this.mocker.createContact({ id: `wxid_${name}`, name })
    this.friend = this.mocker.createContact({ id: `wxid_${friend}`, name: friend })
  }

  async onStart () {
    await super.onStart()
    // As of a real one: after a restart the session is still good.
    if (!await this.memory.get('isKnown')) await this.scan()
    this.mocker.login(this.self)
    this.asking = setInterval(() => this.friend.say('ding').to(this.self), this.account.every)
  }

  async scan () {
    const code = `https://login.weixin.qq.com/l/stand-in-${this.account.name}`
    this.mocker.scan(code, Waiting)
    await passed(SCAN)
    this.mocker.scan(code, Scanned)
    await passed(CONFIRM)
    this.mocker.scan(code, Confirmed)
    await this.memory.set('isKnown', true)
    await this.memory.save()
  }

  async onStop () {
    clearInterval(this.asking)
    await super.onStop()
  }

  async messageSendText (conversationId, text) {
    log.info('try', '%s is told: %s', this.account.friend, text)
    return super.messageSendText(conversationId, text)
  }
}

const passed = time => new Promise(resolve => setTimeout(resolve, time))

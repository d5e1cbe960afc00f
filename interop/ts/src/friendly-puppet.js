/**
 * A whole WeChat in a puppet: the stock `PuppetMock`, logged in, with one friend who says something again and again.
 * It is what `ha-wechaty` hosts in tests, by its path, and what `friendly-service.js` serves.
 */
import { appendFileSync } from 'node:fs'
import { PuppetMock } from 'wechaty-puppet-mock'

const SAY_EVERY = 250

export default class FriendlyPuppet extends PuppetMock {
  /**
   * @param {object} options
   * @param {string} options.name the account's name
   * @param {string} options.ledger a file for what it is made to send, a line of JSON for each
   */
  constructor (options) {
    super(options)
    this.account = options
    const { name } = options
    this.self = this.mocker.createContact({ id: `self-of-${name}`, name })
    this.friend = this.mocker.createContact({ id: `friend-of-${name}`, name: `friend of ${name}` })
  }

  async onStart () {
    await super.onStart()
    const starts = (await this.memory.get('starts') ?? 0) + 1
    await this.memory.set('starts', starts)
    await this.memory.save()
    this.mocker.login(this.self)
    let said = 0
    const say = () => this.friend.say(`${this.account.name} start ${starts} says ${++said}`).to(this.self)
    this.saying = setInterval(say, SAY_EVERY)
  }

  async onStop () {
    clearInterval(this.saying)
    await super.onStop()
  }

  async messageSendText (conversationId, text) {
    appendFileSync(this.account.ledger, JSON.stringify({ conversationId, text }) + '\n')
    return super.messageSendText(conversationId, text)
  }
}

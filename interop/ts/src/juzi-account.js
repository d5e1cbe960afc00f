/**
 * One account behind the fork's own `PuppetServer`, whose login takes a code. A parent process drives it over IPC.
 */
import './quiet.js'

import { parseArgs } from 'node:util'
import * as PUPPET from '@juzi/wechaty-puppet'
import { PuppetServer } from '@juzi/wechaty-puppet-service'

const { values: options } = parseArgs({
  options: { code: { type: 'string' }, port: { type: 'string' }, token: { type: 'string' } },
})

const SELF = 'wxid_north'
const { VerifyCodeScene, VerifyCodeStatus } = PUPPET.types

class CodedPuppet extends PUPPET.Puppet {
  static VERSION = '0.0.0'
  entered = []
  told = new Map()

  version () { return '0.0.0' }
  async onStart () { setImmediate(() => this.emit('scan', { qrcode: 'https://login.invalid/north', status: 2, timestamp: Date.now() })) }
  async onStop () {}
  ding (data) { setImmediate(() => this.emit('dong', { data: data ?? '' })) }

  asks (status = VerifyCodeStatus.WAITING) {
    this.emit('verify-code', { id: 'v1', message: 'sent to …77', scene: VerifyCodeScene.LOGIN, status })
  }

  async enterVerifyCode (id, code) {
    this.entered.push({ code, id })
    if (id !== 'v1') throw new Error(`nobody asked by ${id}`)
    if (code !== options.code) return this.asks(VerifyCodeStatus.WRONG_CODE)
    await this.login(SELF)
    this.emit('ready', { data: 'ready' })
  }

  async cancelVerifyCode (id) { this.entered.push({ cancelled: id }) }
  async refreshQRCode () { this.emit('scan', { qrcode: 'https://login.invalid/again', status: 2, timestamp: Date.now() }) }

  hears (id, text) {
    this.told.set(id, { id, listenerId: SELF, talkerId: 'wxid_alice', text, timestamp: Date.now(), type: PUPPET.types.Message.Text })
    this.emit('message', { messageId: id })
  }

  async messageRawPayload (id) { return this.told.get(id) }
  async messageRawPayloadParser (payload) { return payload }
  async contactRawPayload (id) { return { id } }
  async contactRawPayloadParser ({ id }) { return { gender: 0, id, name: id, phone: [], type: 1 } }
  async contactList () { return [SELF, 'wxid_alice'] }
  async roomList () { return [] }
  async contactSelfName () {}
}

const puppet = new CodedPuppet()
puppet.on('error', () => {})
process.on('message', async ({ args = [], method, number }) => {
  process.send({ number, result: (await puppet[method]?.(...args)) ?? puppet.entered })
})
process.on('disconnect', () => process.exit())
await new PuppetServer({ endpoint: `127.0.0.1:${options.port}`, puppet, tls: { disable: true }, token: options.token }).start()
process.send({ serving: true })

/**
 * What the gateway is measured beside (`cargo xtask bench`): the stock `PuppetServer` in a process of its own, in front of a
 * puppet that costs next to nothing, or, with `--relay HOST:PORT`, in front of the stock `PuppetService`, which asks that account.
 *
 * It tells its port in its first line. A line `tell COUNT RATE DUE` on its input makes the account tell that many messages, each
 * by an id that is when it was due, in microseconds of Unix time, from DUE on.
 */
import './quiet.js'

import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import * as PUPPET from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer, PuppetService } from 'wechaty-puppet-service'

const ALICE = 'wxid_alice'
const ROOM = '19000000000@chatroom'
const SELF = 'wxid_account_00'

class CheapPuppet extends PuppetMock {
  sent = 0

  async onStart () {
    this.login(SELF)
  }

  async onStop () {}

  async messageSendText () { return `00${String(++this.sent).padStart(15, '0')}` }

  async messageRawPayload (id) {
    return {
      id, roomId: ROOM, talkerId: ALICE, text: `the tea is ready, cup ${id}`, timestamp: Math.floor(Number(id) / 1e6), type: PUPPET.types.Message.Text,
    }
  }

  async messageRawPayloadParser (payload) { return payload }

  async contactRawPayload (id) {
    return {
      alias: 'Alice of the tea house', avatar: 'https://avatar.invalid/alice.png', city: 'Beijing', friend: true, gender: PUPPET.types.ContactGender.Female,
      id, name: 'Alice', phone: [], type: PUPPET.types.Contact.Individual, weixin: id,
    }
  }

  async contactRawPayloadParser (payload) { return payload }

  async tell (count, rate, due) {
    let told = 0
    while (told < count) {
      const now = (performance.timeOrigin + performance.now()) * 1e3
      while (told < count && due + told * 1e6 / rate <= now) {
        this.emit('message', { messageId: String(Math.round(due + told++ * 1e6 / rate)) })
      }
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }
}

const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

const option = { type: 'string' }
const { values } = parseArgs({ options: { relay: option, token: option } })
// Clients keep payloads on disk, under the home that they find.
process.env.HOME = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'raced-'))
const puppet = values.relay
  ? new PuppetService({ endpoint: values.relay, tls: { disable: true }, token: values.token })
  : new CheapPuppet()
puppet.on('error', () => {})
const port = await freePort()
await new PuppetServer({ endpoint: `127.0.0.1:${port}`, puppet, tls: { disable: true }, token: values.token }).start()
if (values.relay) {
  const loggedIn = new Promise(resolve => puppet.once('login', resolve))
  await puppet.start()
  await loggedIn
}
createInterface({ input: process.stdin }).on('line', line => {
  const [, count, rate, due] = line.split(' ').map(Number)
  puppet.tell(count, rate, due)
}).on('close', () => process.exit())
console.log(port)

/** A program that is told of alarms, as docs/webhooks.md says. */
import { once } from 'node:events'
import { createServer } from 'node:http'

export class Receiver {
  /** What it was told: [{ at, type, alarm, links }]. */
  told = []

  static async open () {
    const receiver = new Receiver()
    receiver.server = createServer(async (request, response) => {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      const { data, type } = JSON.parse(Buffer.concat(chunks).toString())
      receiver.told.push({ alarm: data.alarm, at: Date.now(), links: data.links, type })
      response.end()
    })
    receiver.server.listen(0, '127.0.0.1')
    await once(receiver.server, 'listening')
    return receiver
  }

  /** What the gateway's config says of it. */
  get lines () {
    return ['[[notify]]', 'name = "ops"', 'to = "webhook"', `url = "http://127.0.0.1:${this.server.address().port}/"`]
  }

  /** The first event of this type and kind. */
  find (type, kind) {
    return this.told.find(it => it.type === type && it.alarm.kind === kind)
  }

  close () {
    this.server.closeAllConnections()
    this.server.close()
  }
}

/**
 * A client of the fork, by its `PuppetService` alone: what it hears goes to its parent, and it asks for nothing unless it is
 * told to. Where it keeps what it has is in its HOME.
 */
import './quiet.js'

import { parseArgs } from 'node:util'
import { PuppetService } from '@juzi/wechaty-puppet-service'

const { values: options } = parseArgs({ options: { endpoint: { type: 'string' }, token: { type: 'string' } } })

const puppet = new PuppetService({ endpoint: options.endpoint, tls: { disable: true }, token: options.token })
for (const event of ['error', 'login', 'logout', 'message', 'post-comment', 'room-announce', 'scan', 'tag', 'verify-code', 'verify-slide']) {
  puppet.on(event, payload => process.send({ event, payload: event === 'error' ? String(payload) : payload }))
}
process.on('message', async ({ args, method, number }) => {
  try {
    process.send({ number, result: (await puppet[method](...args)) ?? null })
  } catch (error) {
    process.send({ error: error.message, number })
  }
})
process.on('disconnect', () => process.exit())
await puppet.start()
process.send({ event: 'started' })

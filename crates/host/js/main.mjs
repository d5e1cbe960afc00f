/**
 * One puppet's host: a puppet service on this machine, for one account. Started by `ha-wechaty`, which speaks
 * with it over stdin and stdout, a line of JSON for each message; see `parent.mjs`.
 */
import { Worker } from 'node:worker_threads'

import { LONGEST, Parent } from './parent.mjs'
import { startPatiently } from './patience.mjs'
import { loadPuppet } from './puppet.mjs'
import { serve } from './service.mjs'
import { openSession } from './session.mjs'

/** After how long an end that hangs is no longer waited for. */
const FAREWELL = 5_000

const parent = new Parent()
// What a puppet forgot to catch is told. A rejection leaves it as it was; after an exception nothing is known.
process.on('unhandledRejection', reason => parent.log('warn', `unhandled rejection: ${told(reason)}`))
process.on('uncaughtException', error => fail(error))
// The parent says when to end; a signal that was meant for it is none of ours.
process.on('SIGINT', () => {})

const ended = Promise.race([parent.closed, new Promise(resolve => process.once('SIGTERM', resolve))])
new Worker(new URL('./lifeline.mjs', import.meta.url)).unref()

try {
  const order = await parent.opened
  const puppet = await loadPuppet(order)
  const memory = await openSession(order, text => parent.log('warn', text))
  puppet.setMemory(memory)
  // Without a listener, an error event would end the process.
  puppet.on('error', payload => parent.log('warn', `it reports an error: ${reported(payload)}`))
  startPatiently(puppet, error => fail(new Error(`the puppet did not start: ${error?.message ?? error}`)))
  const service = await serve(puppet, order.serviceToken)
  parent.send({ type: 'serving', port: service.port })
  await ended
  await within(FAREWELL, async () => {
    await puppet.stop()
    await memory.save()
    await service.stop()
  })
  process.exit(0)
} catch (error) {
  fail(error)
}

/** Says why this host can't go on, and ends it. */
function fail (error) {
  parent.log('debug', told(error))
  parent.send({ type: 'failed', why: String(error?.message ?? error).split('\n')[0].slice(0, LONGEST) })
  process.exit(1)
}

/** What an error event says; its payload is an error as JSON, with its trace. */
function reported (payload) {
  try {
    const { details, message } = JSON.parse(payload.gerror)
    return (message || details).split('\n')[0]
  } catch {
    return told(payload).split('\n')[0]
  }
}

function told (error) {
  return String(error?.stack ?? error?.message ?? JSON.stringify(error) ?? error)
}

/** What fails at the end, or hangs, must not keep it from ending. */
async function within (limit, work) {
  const timeout = new Promise((resolve, reject) => setTimeout(reject, limit, new Error('it hangs')).unref())
  await Promise.race([work(), timeout]).catch(error => parent.log('warn', `while it ended: ${told(error)}`))
}

/**
 * Free TCP ports on loopback, taken below the range the system hands out to outgoing connections: a
 * port from that range could be taken by a client (or connected to itself) while its server is down.
 */
import { createServer } from 'node:net'

const LOWEST = 15_000
const HIGHEST = 32_000
const taken = new Set()

export async function freePort () {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (taken.has(port)) continue
    if (await isFree(port)) {
      taken.add(port)
      return port
    }
  }
}

function isFree (port) {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * The token between a team's gateway and this process.
 *
 * The stock puppet keeps what it learnt of contacts in a folder that is called as the token is. So a team with a name keeps its token.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

function newToken (): string {
  return `insecure_${randomUUID()}`
}

/** Where this user's programs keep what is theirs; the gateway's store is there, too. */
function dataFolder (): string {
  return join(process.env.STATE_DIRECTORY?.split(':')[0] || join(process.env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'ha-wechaty'))
}

/** The token of a team that is called so, made up when it is first asked for. */
export function keptToken (name: string): string {
  const folder = dataFolder()
  const file = join(folder, `${encodeURIComponent(name).slice(0, 200)}.npm-token`)
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token) return token
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const token = newToken()
  mkdirSync(folder, { mode: 0o700, recursive: true })
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return token
}

/** A token for one run, and how its traces are removed. */
export function tokenOfARun (): { token: string, forget: () => void } {
  const token = newToken()
  const cache = join(homedir(), '.wechaty', 'wechaty-puppet-service', token)
  return { forget: () => rmSync(cache, { force: true, recursive: true }), token }
}

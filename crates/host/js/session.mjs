/** What an account keeps from one start to the next: a memory card in a file, replaced as a whole or not at all. */
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'

import { fromTree } from './tree.mjs'

/** The endings are those of the package `memory-card`. */
const ENDING = '.memory-card.json'

/** The loaded card of this account. `warn` is told if the old one can't be read. */
export async function openSession ({ memory: name, tree }, warn) {
  const file = name + ENDING
  if (existsSync(file) && !isJson(file)) {
    renameSync(file, `${file}.broken`)
    warn(`the session in ${file} can't be read, and was put aside as ${file}.broken: it begins anew`)
  }
  const { MemoryCard } = await fromTree(tree, 'memory-card')
  const card = new MemoryCard({ name })
  await card.load()
  let last = Promise.resolve()
  // The package writes in place: a process that is killed meanwhile would leave half of it.
  card.storage.save = payload => {
    const text = JSON.stringify(payload)
    last = last.catch(() => {}).then(() => replace(file, text))
    return last
  }
  return card
}

function isJson (file) {
  try {
    JSON.parse(readFileSync(file, 'utf8'))
    return true
  } catch {
    return false
  }
}

async function replace (file, text) {
  const next = `${file}.next`
  const handle = await open(next, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(next, file)
}

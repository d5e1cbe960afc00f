/**
 * A file of JSON lines, each appended before anybody is answered: `kill -9` can neither lose an entry
 * that somebody was told of, nor make one up.
 */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'

export class Journal {
  constructor (file) {
    this.file = file
    dropCutLine(file)
  }

  append (entry) {
    appendFileSync(this.file, JSON.stringify(entry) + '\n')
  }

  entries () {
    return readEntries(this.file)
  }
}

/** All whole lines; a line that a kill cut in two was never answered for. */
export function readEntries (file) {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop()
  return lines.map(line => JSON.parse(line))
}

function dropCutLine (file) {
  if (!existsSync(file)) return
  truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1)
}

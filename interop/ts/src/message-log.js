/**
 * The messages of one account, which survive its process, and the contents of files. What an account
 * sent is the ledger of what was delivered to people.
 */
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Journal } from './journal.js'

export class MessageLog {
  constructor (file) {
    this.journal = new Journal(file)
    this.byId = new Map(this.journal.entries().map(message => [message.id, message]))
  }

  append (message) {
    this.journal.append(message)
    this.byId.set(message.id, message)
  }

  message (id) {
    const message = this.byId.get(id)
    if (!message) throw new Error(`no message ${id} in this account`)
    return message
  }
}

/** File contents by their hash, shared by all accounts, as WeChat's servers keep them. */
export class FileShelf {
  constructor (directory) {
    this.directory = directory
  }

  put (bytes) {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    // Other processes read it while it is put there again: they see all of it or nothing.
    const draft = join(this.directory, `${sha256}.${process.pid}`)
    writeFileSync(draft, bytes)
    renameSync(draft, join(this.directory, sha256))
    return { sha256, size: bytes.length }
  }

  get (sha256) {
    return readFileSync(join(this.directory, sha256))
  }
}

/** The parent's handle on a bot of the course, over all its processes. Emits `asks` when it asks for anything, and the kind of that. */
import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readEntries } from '../journal.js'
import { monotonic } from '../monotonic.js'

const PROGRAM = fileURLToPath(new URL('bot.js', import.meta.url))

export class CourseBot extends EventEmitter {
  runs = 0
  /** When its process last had a new event stream. */
  upAt = 0
  pending = 0
  /** How often it ended by itself: a stock bot may, if there is no gateway when it starts. */
  crashes = 0

  constructor (name, door, directory) {
    super()
    this.name = name
    this.door = door
    this.notes = join(directory, `${name}.notes`)
    // Clients keep payloads on disk, under the home they find; it stays over all lives.
    this.home = join(directory, `${name}.home`)
    mkdirSync(this.home)
  }

  /** A new process, and another one when that has ended. */
  start () {
    const { door, name, notes } = this
    const what = { door, isPatient: name === 'patient', name, notes, run: this.runs++ }
    this.upAt = 0
    this.startedAt = monotonic()
    this.process = fork(PROGRAM, [JSON.stringify(what)], {
      cwd: this.home, env: { ...process.env, HOME: this.home }, execArgv: [],
    })
    this.process.on('message', ({ asks, pending, stream }) => {
      if (asks) for (const event of ['asks', asks]) this.emit(event)
      if (stream) this.upAt = monotonic()
      if (pending !== undefined) this.pending = pending
    })
    this.process.once('exit', () => {
      if (this.isOver) return
      if (!this.isEnding) this.crashes++
      this.isEnding = false
      this.start()
    })
  }

  /** For how long it has had no new stream, in milliseconds. */
  get age () { return monotonic() - Math.max(this.upAt, this.startedAt) }

  /** It ends soon, once it has written down what it has in its hands; then it is there again, as another process. */
  renew () {
    this.isEnding = true
    this.order('end')
  }

  order (order) {
    if (this.lives) this.process.send({ order }, () => {})
  }

  get lives () {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null
  }

  async close () {
    this.isOver = true
    if (!this.lives) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }

  /** All that it wrote down. */
  diary () { return readEntries(this.notes) }
}

/**
 * The process that started this one.
 *
 *   it says   {"type":"open", ...}        once, first: which puppet, with what; secrets travel here only
 *             {"type":"close"}            end, in order; the end of stdin says the same
 *   we say    {"type":"log","level","text"}
 *             {"type":"serving","port"}   the puppet service takes connections
 *             {"type":"failed","why"}     the last word before the end
 */
import { createInterface } from 'node:readline'

/** A line of brolog, which most puppets log with: a time, a level, the text. */
const BROLOG = /^(?:\d\d:\d\d:\d\d )?(ERR|WARN|INFO|VERB|SILL) (.*)$/
/** A line of a stack trace, which follows what an operator should know. */
const TRACE = /^\s+at /
/** What the puppet service itself goes through; whoever is connected to it sees as much. */
const OURS = /^(EventStreamManager|PuppetServer|PuppetServiceImpl|ServiceCtl)/
/** So much of a line is told; some puppets print whole pictures. The other end passes over longer messages. */
export const LONGEST = 8_000
const LEVELS = { ERR: 'error', INFO: 'info', SILL: 'trace', VERB: 'debug', WARN: 'warn' }

export class Parent {
  #write = process.stdout.write.bind(process.stdout)

  constructor () {
    // Whatever is printed here is a log line: stdout belongs to the messages.
    this.#take(process.stdout, 'info')
    this.#take(process.stderr, 'warn')
    // A parent that died hears nothing more, which is no reason to fail.
    process.stdout.on('error', () => {})
    const lines = createInterface({ input: process.stdin })
    /** Its order to open, once it has come. */
    this.opened = new Promise(resolve => lines.on('line', line => {
      const message = JSON.parse(line)
      if (message.type === 'open') resolve(message)
      if (message.type === 'close') lines.close()
    }))
    /** It says that this should end, or is gone. */
    this.closed = new Promise(resolve => lines.once('close', resolve))
  }

  send (message) {
    this.#write(JSON.stringify(message) + '\n')
  }

  log (level, text) {
    this.send({ level, text: text.slice(0, LONGEST), type: 'log' })
  }

  /** Turns the lines that are written to a stream into log messages. */
  #take (stream, usual) {
    let rest = ''
    stream.write = (chunk, encoding, done) => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n')
      rest = lines.pop().slice(0, LONGEST)
      for (const line of lines.filter(line => line.trim())) {
        const [, level, text] = BROLOG.exec(line) ?? []
        const isDetail = TRACE.test(line) || OURS.test(text)
        this.log(isDetail ? 'debug' : LEVELS[level] ?? usual, text ?? line)
      }
      const called = typeof encoding === 'function' ? encoding : done
      if (called) process.nextTick(called)
      return true
    }
  }
}

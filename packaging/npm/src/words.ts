/** What the gateway says of itself, line by line. */
import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'

/** A line of its log: when, how bad, what. */
const LOGGED = /^\S+Z\s+(ERROR|WARN|INFO|DEBUG|TRACE) (.*)$/
/** So many of its last words are kept. */
const KEPT = 40

export type Level = 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE'

/** The gateway can't do what it should; the message is in its own words. */
export class GatewayError extends Error {
  override name = 'GatewayError'
}

/** Its last words, from which it is told why it ended. */
export class Words {
  #last: { level?: Level, text: string }[] = []

  /** Resolved once there will be no more of them. */
  readonly over: Promise<void>

  constructor (stream: Readable, told: (level: Level, text: string) => void) {
    const lines = createInterface({ input: stream })
    lines.on('line', line => {
      const [, level, text] = LOGGED.exec(line) ?? []
      this.#last.push(level ? { level: level as Level, text: text! } : { text: line })
      if (this.#last.length > KEPT) this.#last.shift()
      if (level) told(level as Level, text!)
    })
    this.over = new Promise(resolve => lines.once('close', resolve))
  }

  /** Why it came to nothing: what it said last outside of its log, else the last error in it, else its last line. */
  get last (): string {
    const plain = this.#last.filter(({ level }) => !level).map(({ text }) => text)
    if (plain.length > 0) return plain.join('\n')
    const error = this.#last.filter(({ level }) => level === 'ERROR').at(-1) ?? this.#last.at(-1)
    return error?.text ?? 'it said nothing'
  }
}

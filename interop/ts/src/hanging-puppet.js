/** A puppet that never gives its process a moment again, once it is started. */
import { writeFileSync } from 'node:fs'
import { PuppetMock } from 'wechaty-puppet-mock'

export default class HangingPuppet extends PuppetMock {
  /** @param {{ hangs: string }} options a file that says when it hangs */
  constructor (options) {
    super(options)
    this.file = options.hangs
  }

  async onStart () {
    writeFileSync(this.file, String(process.pid))
    for (;;);
  }
}

/**
 * The stock `PuppetServer` gives a start 15 s. A puppet that takes longer, since it waits for its own server or for
 * a browser, would be started over and over; here it is started once, and goes on by itself.
 */
const ENOUGH = 10_000

/** Makes `start` return while the puppet still starts; `failed` is told if it comes to nothing after that. */
export function startPatiently (puppet, failed) {
  const start = puppet.start.bind(puppet)
  const stop = puppet.stop.bind(puppet)
  let starting
  puppet.start = async () => {
    starting ??= begin()
    const late = new Promise(resolve => setTimeout(resolve, ENOUGH, true).unref())
    if (await Promise.race([starting, late])) starting?.catch(failed)
  }
  puppet.stop = async () => {
    starting = undefined
    await stop()
  }

  function begin () {
    const begun = start()
    const over = () => { if (starting === begun) starting = undefined }
    begun.then(over, over)
    return begun
  }
}

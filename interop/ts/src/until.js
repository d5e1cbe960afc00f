/**
 * Waiting, as every test here does it: for a condition, with a deadline, never for a fixed time.
 */
const STEP = 20

/**
 * Polls `condition` until it returns something truthy, and returns that.
 *
 * @param {() => unknown} condition may be async
 * @param {object} options
 * @param {number} options.within milliseconds until we give up
 * @param {string} options.what what was awaited, for the error
 * @param {() => unknown} [options.seen] what there was instead, for the error
 */
export async function until (condition, { within = 30_000, what, seen }) {
  const deadline = Date.now() + within
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) {
      const instead = seen ? `; instead: ${JSON.stringify(await seen())}` : ''
      throw new Error(`not within ${within} ms: ${what}${instead}`)
    }
    await new Promise(resolve => setTimeout(resolve, STEP))
  }
}

/** Rejects when `promise` has not settled within so many milliseconds. */
export async function deadline (promise, within, what) {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${within} ms: ${what}`)), within)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

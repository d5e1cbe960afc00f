/**
 * Randomness that can be repeated: a test prints its seed, and `SEED=<it>` runs the same dice again.
 */
export function seedOf (environment = process.env) {
  const given = Number.parseInt(environment.SEED ?? '', 10)
  return Number.isInteger(given) ? given >>> 0 : Math.floor(Math.random() * 2 ** 32)
}

/** Numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function seededRandom (seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const pick = (random, list) => list[Math.floor(random() * list.length)]

/** The program `ha-wechaty`, which is in a package of its own for each platform. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { here } from '#here'

/** Set, it is the program's path, and no package is looked for. */
export const VARIABLE = 'HA_WECHATY_BIN'

/** What a Linux system has for a C library. */
function libc (): '' | '-musl' {
  const report = process.report?.getReport() as undefined | { header?: { glibcVersionRuntime?: string } }
  return report?.header?.glibcVersionRuntime ? '' : '-musl'
}

/** The packages that may have this system's program, the likeliest first. */
function packages (): string[] {
  const system = `@ha-wechaty/${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return [system]
  // What is built for musl is whole in itself, and runs everywhere.
  return [...new Set([`${system}${libc()}`, `${system}-musl`])]
}

/**
 * The path of the program.
 *
 * @throws Error if no package that is installed has it for this system, which says what to do.
 */
export function program (): string {
  const named = process.env[VARIABLE]
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`${VARIABLE} names ${named}, where nothing is`)
  }
  const { resolve } = createRequire(join(here, 'package.json'))
  for (const name of packages()) {
    try {
      return resolve(`${name}/bin/ha-wechaty`)
    } catch {
      // The next one may be there.
    }
  }
  throw new Error([
    `no program for this system is installed (${packages().join(', or ')}).`,
    'If there is such a package, npm was told to leave optional packages out: install again without --omit=optional.',
    `Else build it (cargo build --profile dist) and name it: ${VARIABLE}=/path/to/ha-wechaty`,
  ].join(' '))
}

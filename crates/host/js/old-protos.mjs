/**
 * Generated protobuf code keeps its classes in a variable of the whole process, `proto`. That of an old puppet has
 * names in common with that of today's puppet service, and the last to be loaded would win; so the old ones get a
 * `proto` of their own.
 */
import { readFileSync, realpathSync } from 'node:fs'
import Module from 'node:module'
import { sep } from 'node:path'

const PLACE = 'haWechatyOldProtos'
/** Generated code looks for the process's variables in these ways; on one line, so that traces stay true. */
const ASIDE = `const globalThis = process.${PLACE}, proto = globalThis.proto, Function = () => () => globalThis; `

/** Before anything of this tree of packages is loaded. */
export function setProtosAside (tree) {
  const within = realpathSync(tree) + sep
  const load = Module._extensions['.js']
  process[PLACE] = { proto: {} }
  Module._extensions['.js'] = (module, file) => {
    if (!file.startsWith(within) || !file.endsWith('_pb.js')) return load(module, file)
    module._compile(ASIDE + readFileSync(file, 'utf8'), file)
  }
}

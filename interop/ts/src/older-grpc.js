/**
 * Preloaded (`node --import`), it gives a process the last `@grpc/grpc-js` that the stock client's discovery
 * understands: `wechaty-token` calls its resolvers' listener in a way that 1.10 and later don't have any more,
 * though its manifest allows them. A bot that is to find its gateway by token must pin it like this.
 */
import Module, { register } from 'node:module'

const older = specifier => specifier.replace(/^@grpc\/grpc-js(?=\/|$)/, 'grpc-js-1.9')

// What is required …
const resolveFilename = Module._resolveFilename
Module._resolveFilename = (specifier, ...rest) => resolveFilename.call(Module, older(specifier), ...rest)
// … and what is imported.
const hook = `const older = ${older}; export const resolve = (specifier, context, next) => next(older(specifier), context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

/**
 * Stands in for the package `fs-ext`, whose native code does not build any more. It is used for file locks only,
 * and a session is locked by whoever starts its host.
 */
const granted = (...args) => args.at(-1)?.(null)
module.exports = { flock: granted, flockSync () {}, fcntl: granted, fcntlSync: () => 0, seekSync: () => 0 }

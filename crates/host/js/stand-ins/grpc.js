/**
 * Stands in for the package `grpc` 1.24, whose native code does not build any more: its successor has the same
 * interface, as far as clients use it. A copy, since the successor says that it is an ES module, which the old one
 * never was.
 */
module.exports = { ...require('@grpc/grpc-js') }

/** The folder of this package, from `dist/cjs`, where this is copied to: what is CommonJS has a manifest of its own there. */
exports.here = require('node:path').join(__dirname, '../..')

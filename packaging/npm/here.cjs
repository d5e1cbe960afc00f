/** The folder of this package, from `dist/cjs`, where this is copied to: what is CommonJS has a manifest of its own there. */
exports.here = require('node:path').join(__dirname, '../..')

/** The package that a file belongs to, as a module of our kind. */
exports.moduleOf = async file => require(file)

/**
 * Makes the stock packages quiet and blind to the environment of whoever runs the tests.
 * Import it before any of them: they read these variables when they load.
 */
for (const name of Object.keys(process.env)) {
  if (/^(WECHATY_|HA_WECHATY_ACCOUNT_)/.test(name)) delete process.env[name]
}
process.env.WECHATY_LOG = 'silent'

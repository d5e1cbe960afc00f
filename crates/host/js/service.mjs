/** The stock `PuppetServer`, on this machine alone, on a port that the system chose. */
import { grpc } from 'wechaty-grpc'
import { PuppetServer, log } from 'wechaty-puppet-service'

/** Settings for servers that others reach; this one is for nobody but the parent. */
const NOT_OURS = [
  'WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_SERVER',
  'WECHATY_PUPPET_SERVICE_TLS_CA_CERT',
  'WECHATY_PUPPET_SERVICE_TLS_SERVER_CERT',
  'WECHATY_PUPPET_SERVICE_TLS_SERVER_KEY',
]

export async function serve (puppet, token) {
  for (const name of NOT_OURS) delete process.env[name]
  const port = boundPort()
  // Plaintext: nobody listens between two processes of one machine.
  const server = new PuppetServer({ endpoint: '127.0.0.1:0', puppet, tls: { disable: true }, token })
  // That there is no TLS is nothing to warn of here.
  const level = log.level()
  log.level('error')
  await server.start()
  log.level(level)
  return { port: await port, stop: () => server.stop() }
}

/** The port of the next server that is bound: the package asks for it and does not tell. */
function boundPort () {
  const bind = grpc.Server.prototype.bindAsync
  return new Promise((resolve, reject) => {
    grpc.Server.prototype.bindAsync = function (endpoint, credentials, done) {
      grpc.Server.prototype.bindAsync = bind
      return bind.call(this, endpoint, credentials, (error, port) => {
        if (error) reject(error)
        else resolve(port)
        done(error, port)
      })
    }
  })
}

/**
 * The fork's client begins each upload with an empty message, at which the servers of both generations end their process. A
 * provider that lives has mended that; so its service here passes empty messages over.
 */
import { Transform } from 'node:stream'
import { grpc } from '@juzi/wechaty-grpc'

/** The servers of the fork that this process makes from now on are mended. */
export function mend () {
  const { addService } = grpc.Server.prototype
  grpc.Server.prototype.addService = function (service, { upload, ...implementation }) {
    const withoutEmpty = () => new Transform({
      objectMode: true,
      transform: (message, _encoding, next) => message.getChunk().length > 0 ? next(null, message) : next(),
    })
    const mended = (call, answer) => {
      const pipe = reader => call.pipe(withoutEmpty()).pipe(reader)
      return upload(Object.create(call, { pipe: { value: pipe } }), answer)
    }
    return addService.call(this, service, upload ? { ...implementation, upload: mended } : implementation)
  }
}

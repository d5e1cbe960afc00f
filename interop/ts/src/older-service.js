/**
 * What a service of the generation of 0.30 lacks: it knows no `Upload` and `Download`, and takes no message over 4 MiB.
 */
import { grpc } from 'wechaty-grpc'

/** The servers that this process makes from now on are of that generation. */
export function makeOlder () {
  const { addService } = grpc.Server.prototype
  grpc.Server.prototype.addService = function (service, { download: _download, upload: _upload, ...implementation }) {
    delete this.options['grpc.max_receive_message_length']
    const { download: _d, upload: _u, ...known } = service
    return addService.call(this, known, implementation)
  }
}

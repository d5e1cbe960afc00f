/**
 * A client of the protocol, made by hand over HTTP/2: what it says of itself, where it shows a token and whether it shows one
 * are its own, as gRPC's libraries for other languages have it. Messages are those of `wechaty-grpc`.
 */
import { connect, constants } from 'node:http2'

const { NGHTTP2_CANCEL } = constants

/** An answer of gRPC that is not OK. */
export class Refused extends Error {
  constructor (code, message) {
    super(message)
    this.code = code
  }
}

export class Peer {
  /**
   * @param {object} door
   * @param {string} door.endpoint
   * @param {'community' | 'off'} door.tls
   * @param {object} manner
   * @param {string} manner.agent its `user-agent`
   * @param {string} [manner.authority] what stands in `:authority`; else the endpoint
   * @param {Record<string, string>} [manner.metadata] of each call
   */
  constructor ({ endpoint, tls }, { agent, authority = endpoint, metadata = {} }) {
    const isPlain = tls === 'off'
    this.headers = {
      ':authority': authority, ':method': 'POST', ':scheme': isPlain ? 'http' : 'https',
      'content-type': 'application/grpc', te: 'trailers', 'user-agent': agent, ...metadata,
    }
    // As the SDKs do it: the community's certificate names no host that could be looked at.
    const options = isPlain ? {} : { rejectUnauthorized: false, servername: 'insecure' }
    this.session = connect(`${isPlain ? 'http' : 'https'}://${endpoint}`, options)
    this.session.on('error', () => {})
  }

  /** One question, one answer. */
  async unary (name, request, Answer) {
    const { ended, messages } = this.call(name, [request], Answer)
    await ended
    return messages[0]
  }

  /**
   * A call with these messages. `messages` grows while answers come; `ended` rejects with what went wrong.
   */
  call (name, requests, Answer) {
    const stream = this.session.request({ ...this.headers, ':path': `/wechaty.Puppet/${name}` })
    const messages = []
    let buffered = Buffer.alloc(0)
    stream.on('data', bytes => {
      buffered = Buffer.concat([buffered, bytes])
      while (buffered.length >= 5 && buffered.length >= 5 + buffered.readUInt32BE(1)) {
        const end = 5 + buffered.readUInt32BE(1)
        messages.push(Answer.deserializeBinary(new Uint8Array(buffered.subarray(5, end))))
        buffered = buffered.subarray(end)
      }
    })
    const ended = new Promise((resolve, reject) => {
      const look = headers => {
        const code = headers['grpc-status']
        if (code === undefined) return
        if (Number(code) === 0) resolve()
        else reject(new Refused(Number(code), decodeURIComponent(headers['grpc-message'] ?? '')))
      }
      stream.on('response', look)
      stream.on('trailers', look)
      stream.on('error', reject)
      stream.on('close', () => reject(new Error(`${name} ended without a status`)))
    })
    ended.catch(() => {})
    for (const request of requests) stream.write(framed(request))
    stream.end()
    return { cancel: () => stream.close(NGHTTP2_CANCEL), ended, messages }
  }

  close () { this.session.destroy() }
}

function framed (message) {
  const bytes = Buffer.from(message.serializeBinary())
  const head = Buffer.alloc(5)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

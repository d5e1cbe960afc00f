/**
 * How the SDKs of other languages behave, by their sources: what their gRPC library calls itself, where they show a token,
 * in which order they begin, how they read a file and how they write one. Where a source does a thing that no service can
 * answer, the page of the language says so (docs/bots/).
 *
 * | language | source |
 * |---|---|
 * | Java | wechaty/java-wechaty at 65ca2e4, `GrpcPuppet.kt`, `FileBox.kt` |
 * | Scala | wechaty/scala-wechaty at 00341ad, `GrpcSupport.scala`, `ResourceBox.scala` |
 * | .NET | wechaty/dotnet-wechaty at e3a8246, `GrpcPuppet.cs`, `FileBox.cs` |
 * | PHP | wechaty/php-wechaty at 3de09ee, `PuppetService.php`, `FileBox.php` |
 * | Go | wechaty/go-wechaty at dd2d312, `grpc.go`, `puppet_service.go`, `filebox.go`, `file_box.go` |
 */
import { puppet as pb } from 'wechaty-grpc'

const BASE64 = 1
const URL = 2
const QR_CODE = 3
const UUID = 7
/** How much Go reads of a file for one message. */
const GO_CHUNK = 4_000_000

/** A file as an SDK has it, by its `boxType`; what stands in none of these it can't read. */
function read (json, kinds) {
  const box = JSON.parse(json)
  if (!kinds.includes(box.boxType)) throw new Error(`boxType ${box.boxType} is not supported: ${json.slice(0, 200)}`)
  switch (box.boxType) {
    case BASE64: return { bytes: Buffer.from(text(box, 'base64'), 'base64'), name: text(box, 'name') }
    case URL: return { url: text(box, 'remoteUrl') }
    default: return { qrCode: text(box, 'qrCode') }
  }
}

function text (box, field) {
  if (typeof box[field] !== 'string') throw new Error(`${field} is missing`)
  return box[field]
}

/** The file of a message, by the call that answers it whole. */
export async function messageFile (peer, id) {
  const request = new pb.MessageFileRequest()
  request.setId(id)
  return (await peer.unary('MessageFile', request, pb.MessageFileResponse)).getFileBox()
}

async function sendFile (peer, to, json) {
  const request = new pb.MessageSendFileRequest()
  request.setConversationId(to)
  request.setFileBox(JSON.stringify(json))
  return peer.unary('MessageSendFile', request, pb.MessageSendFileResponse)
}

/** How an SDK does it that has whole files in one message. */
const whole = (kinds, write) => ({
  readBox: async (_peer, json) => read(json, kinds),
  readFile: async (peer, id) => read(await messageFile(peer, id), kinds),
  // These are older than the plain field, and read the wrapper.
  sendFile: async (peer, to, bytes, name) => (await sendFile(peer, to, write(bytes.toString('base64'), name))).getIdStringValueDeprecated().getValue(),
})

/** A file as Go has it: `type` before `boxType`, `url`, headers as lists of texts, and uuids. */
async function readAsGo (peer, json) {
  const box = JSON.parse(json)
  if (!Object.values(box.headers ?? {}).every(Array.isArray)) throw new Error(`headers are no lists: ${json.slice(0, 200)}`)
  switch (box.type || box.boxType) {
    case BASE64: return { bytes: Buffer.from(text(box, 'base64'), 'base64'), name: text(box, 'name') }
    case URL: return { url: text(box, 'url') }
    case QR_CODE: return { qrCode: text(box, 'qrCode') }
    case UUID: {
      const request = new pb.DownloadRequest()
      request.setId(text(box, 'uuid'))
      const { ended, messages } = peer.call('Download', [request], pb.DownloadResponse)
      await ended
      return { bytes: Buffer.concat(messages.map(it => it.getChunk_asU8())), byUuid: true, name: text(box, 'name') }
    }
    default: throw new Error(`type ${box.type} is not supported: ${json.slice(0, 200)}`)
  }
}

/**
 * How Go does it: it reads files by a stream, its name before its bytes. It sends one inside a message first, and, whatever goes wrong
 * with that, by a stream again: such a second send must not be one (`tests/gateway/files.rs` has it after an unsure first).
 */
const ofGo = {
  readBox: readAsGo,
  readFile: async (peer, id) => {
    const request = new pb.MessageFileStreamRequest()
    request.setId(id)
    const { ended, messages } = peer.call('MessageFileStream', [request], pb.MessageFileStreamResponse)
    await ended
    const [first, ...rest] = messages.map(it => it.getFileBoxChunk())
    return { bytes: Buffer.concat(rest.map(it => it.getData_asU8())), name: first.getName() }
  },
  sendFile: async (peer, to, bytes, name) => {
    const size = bytes.length
    const json = { base64: bytes.toString('base64'), boxType: BASE64, md5: '', metadata: null, name, size, type: BASE64 }
    const answer = await sendFile(peer, to, json).catch(() => sendStream(peer, to, bytes, name))
    return answer.getId()
  },
}

/** The second way of Go: conversation, name, bytes. */
export async function sendStream (peer, to, bytes, name) {
  const chunk = (set, value) => {
    const [request, inner] = [new pb.MessageSendFileStreamRequest(), new pb.FileBoxChunk()]
    inner[set](value)
    request.setFileBoxChunk(inner)
    return request
  }
  const whom = new pb.MessageSendFileStreamRequest()
  whom.setConversationId(to)
  const pieces = []
  for (let at = 0; at < bytes.length; at += GO_CHUNK) pieces.push(chunk('setData', new Uint8Array(bytes.subarray(at, at + GO_CHUNK))))
  const call = peer.call('MessageSendFileStream', [whom, chunk('setName', name), ...pieces], pb.MessageSendFileStreamResponse)
  await call.ended
  return call.messages[0]
}

const bearer = token => ({ metadata: { authorization: `Wechaty ${token}` } })
const [PLAIN, TLS] = ['off', 'community']

export const LANGUAGES = [
  {
    name: 'Java', agent: 'grpc-java-netty/1.30.2', tls: [PLAIN], shows: () => ({}), order: ['Start', 'Event'],
    files: whole([BASE64, URL, QR_CODE], (base64, name) => ({ base64, boxType: BASE64, name })),
  },
  {
    name: 'Scala', agent: 'grpc-java-netty/1.30.2', tls: [PLAIN], shows: () => ({}), order: ['Event', 'Start'], dings: true,
    files: whole([BASE64, URL], (base64, name) => ({ base64, boxType: BASE64, name })),
  },
  {
    // Over TLS it takes any certificate, and shows its token; without, it shows none.
    name: '.NET', agent: 'grpc-dotnet/2.44.0 (.NET 6.0.4; CLR 6.0.4; net6.0; linux; x64)', tls: [PLAIN, TLS],
    shows: ({ tls, token }) => tls === 'off' ? {} : bearer(token), order: ['Start', 'Event'],
    files: whole([BASE64, URL, QR_CODE], (base64, name) => ({ base64, boxType: BASE64, metadata: {}, name })),
  },
  {
    // It shows its token either way; over TLS in :authority as well.
    name: 'PHP', agent: 'grpc-php/1.42.0 grpc-c/20.0.0 (linux; chttp2)', tls: [PLAIN, TLS],
    shows: ({ tls, token }) => ({ ...bearer(token), ...tls === 'off' ? {} : { authority: token } }), order: ['Start', 'Event'],
    files: whole([BASE64, URL, QR_CODE], (base64, name) => ({
      base64, boxType: BASE64, buffer: null, headers: null, localPath: null, metadata: null, mimeType: null, name, qrCode: null, remoteUrl: null,
    })),
  },
  {
    // TLS is switched off in its source. Of the two ids in an answer it reads the plain one.
    name: 'Go', agent: 'grpc-go/1.45.0', tls: [PLAIN], shows: ({ token }) => ({ authority: token }), order: ['Event', 'Start'],
    files: ofGo, isPlain: true, readsUuids: true,
  },
]

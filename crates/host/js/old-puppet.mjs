/**
 * A puppet of the old generation (`wechaty-puppet` 0.x) as one of today's, so that the stock `PuppetServer` can
 * serve it. What differs: how events are told, what payloads' fields and numbers are called, and FileBox.
 */
import { EventEmitter } from 'node:events'

import { FileBox } from 'file-box'
import { types } from 'wechaty-puppet'

import { asOldBox, asNewBox } from './old-files.mjs'
import { Numbers } from './old-numbers.mjs'

/** Methods that are the same but for the files in them. */
const SAME = [
  'contactAlias', 'contactAvatar', 'contactCorporationRemark', 'contactDescription', 'contactList', 'contactPhone',
  'contactSelfName', 'contactSelfQRCode', 'contactSelfSignature',
  'friendshipAccept', 'friendshipSearchPhone',
  'messageContact', 'messageFile', 'messageForward', 'messageImage', 'messageLocation', 'messageMiniProgram',
  'messageRecall', 'messageSendContact', 'messageSendFile', 'messageSendLocation', 'messageSendMiniProgram',
  'messageSendText', 'messageSendUrl', 'messageUrl',
  'roomAdd', 'roomAnnounce', 'roomAvatar', 'roomCreate', 'roomDel', 'roomInvitationAccept', 'roomInvitationPayload',
  'roomList', 'roomMemberList', 'roomMemberPayload', 'roomPayload', 'roomQRCode', 'roomQuit', 'roomTopic',
  'tagContactAdd', 'tagContactDelete', 'tagContactList', 'tagContactRemove',
]

/** The oldest puppets told events by position; this is what stood where. */
const POSITIONS = {
  dong: ['data'],
  friendship: ['friendshipId'],
  login: ['contactId'],
  logout: ['contactId', 'data'],
  message: ['messageId'],
  ready: ['data'],
  reset: ['data'],
  'room-invite': ['roomInvitationId'],
  'room-join': ['roomId', 'inviteeIdList', 'inviterId', 'timestamp'],
  'room-leave': ['roomId', 'removeeIdList', 'removerId', 'timestamp'],
  'room-topic': ['roomId', 'newTopic', 'oldTopic', 'changerId', 'timestamp'],
  scan: ['qrcode', 'status', 'data'],
}

/** How the oldest puppets are told that what they know of something is not true any more. */
const DIRTY = {
  [types.Payload.Contact]: 'contactPayloadDirty',
  [types.Payload.Friendship]: 'friendshipPayloadDirty',
  [types.Payload.Message]: 'messagePayloadDirty',
  [types.Payload.Room]: 'roomPayloadDirty',
  [types.Payload.RoomMember]: 'roomMemberPayloadDirty',
}

/** Timestamps before this are in seconds. */
const MILLISECONDS = 1e11

export class OldPuppet extends EventEmitter {
  #old
  #kit
  #numbers
  #isReady = false

  /** @param kit the `wechaty-puppet` 0.x that the puppet was made with */
  constructor (old, kit) {
    super()
    this.setMaxListeners(0)
    this.#old = old
    this.#kit = kit
    this.#numbers = new Numbers(kit)
    /** Whether it is ready, as today's puppets say it. */
    this.readyIndicator = { value: () => this.#isReady }
    this.#follow()
  }

  // ---- life -------------------------------------------------------------------------------------

  get isLoggedIn () { return Boolean(this.#old.logonoff()) }
  get currentUserId () { return this.#old.selfId() }

  setMemory (memory) { this.#old.setMemory(memory) }
  version () { return this.#old.version() }
  ding (data) { return this.#old.ding(data) }
  async start () { await this.#old.start() }
  async stop () { await this.#old.stop() }
  async logout (reason) { await this.#old.logout(reason) }
  toString () { return `OldPuppet<${this.#old}>` }

  #follow () {
    const now = new Set(['dirty', 'heartbeat', ...Object.keys(POSITIONS)])
    for (const name of now) this.#old.on(name, (...args) => this.#pass(name, args))
    this.#old.on('watchdog', food => this.emit('heartbeat', { data: food?.data ?? 'watchdog' }))
    this.#old.on('error', error => {
      const message = String(error?.message ?? error?.data ?? error)
      this.emit('error', { gerror: JSON.stringify({ code: 2, message, name: 'Error' }) })
    })
  }

  #pass (name, args) {
    const [first] = args
    const payload = typeof first === 'object' && first !== null
      ? { ...first }
      : Object.fromEntries((POSITIONS[name] ?? ['data']).map((field, index) => [field, args[index]]))
    if (name === 'scan') payload.status = this.#numbers.scan(payload.status)
    if (name === 'ready') this.#isReady = true
    if (name === 'logout') this.#isReady = false
    if (name === 'ready' || name === 'dong' || name === 'reset') payload.data ??= name === 'ready' ? 'ready' : ''
    this.emit(name, payload)
  }

  // ---- what differs in more than files ------------------------------------------------------------

  async contactPayload (id) {
    const payload = await this.#ask('contactPayload', [id])
    return {
      ...payload,
      gender: this.#numbers.gender(payload.gender),
      handle: payload.handle ?? payload.weixin,
      phone: payload.phone ?? [],
      type: this.#numbers.contact(payload.type),
    }
  }

  async messagePayload (id) {
    const payload = await this.#ask('messagePayload', [id])
    const { fromId, timestamp, toId } = payload
    return {
      ...payload,
      listenerId: payload.listenerId ?? toId,
      mentionIdList: payload.mentionIdList ?? [],
      talkerId: payload.talkerId ?? fromId,
      timestamp: timestamp < MILLISECONDS ? timestamp * 1000 : timestamp,
      type: this.#numbers.message(payload.type),
    }
  }

  async friendshipPayload (id) {
    const payload = await this.#ask('friendshipPayload', [id])
    return { ...payload, type: this.#numbers.friendship(payload.type) }
  }

  async friendshipAdd (contactId, options) {
    return this.#ask('friendshipAdd', [contactId, typeof options === 'object' ? options?.hello : options])
  }

  async friendshipSearchHandle (handle) {
    return this.#ask('friendshipSearchWeixin', [handle])
  }

  async dirtyPayload (type, id) {
    if (this.#old.dirtyPayload) await this.#old.dirtyPayload(type, id)
    else await this.#old[DIRTY[type]]?.(id)
    // These did so in silence; whoever asked waits for the event.
    setImmediate(() => this.emit('dirty', { payloadId: id, payloadType: type }))
  }

  /** Asks the old puppet; files are translated both ways. */
  async #ask (method, args) {
    if (typeof this.#old[method] !== 'function') {
      throw new Error(`${this.#old.constructor.name} is of the old generation and has no ${method}`)
    }
    const given = await Promise.all(args.map(arg => asOldBox(arg, this.#kit.FileBox)))
    return asNewBox(await this.#old[method](...given), FileBox)
  }

  static {
    for (const method of SAME) {
      this.prototype[method] = async function (...args) { return this.#ask(method, args) }
    }
  }
}

/**
 * One WeChat account as a stock puppet: the stock `PuppetMock`, with every method that the mock leaves
 * empty answering from the world, deterministically, and reporting what it was made to do.
 */
import { FileBox } from 'file-box'
import * as PUPPET from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'

import { monotonic } from './monotonic.js'
import { newNotebook } from './notebook.js'

const { Message, Image, Payload, Scan } = {
  Image: PUPPET.types.Image,
  Message: PUPPET.types.Message,
  Payload: PUPPET.types.Payload,
  Scan: PUPPET.types.ScanStatus,
}
const HEARTBEAT_EVERY = 15_000

/** The same over a puppet of any generation that has a mock of that shape. */
export const accountPuppet = Base => class extends Base {
  /**
   * @param {object} account
   * @param {string} account.name the account's name, the prefix of its message ids
   * @param {string} account.self its own contact id
   * @param {object} account.world contacts and rooms, shared by all accounts
   * @param {import('./message-log.js').MessageLog} account.log
   * @param {import('./journal.js').Journal} account.acts what it was made to do, besides sending
   * @param {import('./message-log.js').FileShelf} account.shelf
   * @param {(what: string, details: object) => void} account.report tells the parent what happened here
   * @param {'auto' | 'scan'} account.login what a start leads to
   */
  constructor (account) {
    super()
    Object.assign(this, account)
    this.notebook = newNotebook()
    this.friendships = new Map()
    this.invitations = new Map()
    this.run = Date.now().toString(36) + process.pid.toString(36)
    this.sent = 0
    this.refusals = []
    /** Alive as a process, and not as an account: it is told nothing, or nobody is told what it says. */
    this.ails = { deaf: false, mute: false, slow: false }
    /** Asynchronous pauses around a send: before it is delivered, and before it is answered. */
    this.pause = { afterSend: async () => {}, beforeSend: async () => {} }
  }

  // ---- life -------------------------------------------------------------------------------------

  async onStart () {
    this.report('start', {})
    this.ails = { deaf: false, mute: false, slow: false }
    this.beating = setInterval(() => this.emit('heartbeat', { data: `${this.accountName} lives` }), HEARTBEAT_EVERY)
    setImmediate(() => this.comeUp())
  }

  async onStop () {
    this.report('stop', {})
    clearInterval(this.beating)
    await this.logout('puppet stopped')
  }

  comeUp () {
    if (this.loginMode === 'scan') this.askForScan()
    else this.logIn()
  }

  logIn () {
    if (this.isLoggedIn) return
    this.login(this.self)
    this.report('login', {})
    this.emit('ready', { data: 'ready' })
  }

  askForScan () {
    this.emit('scan', { qrcode: `https://login.invalid/${this.accountName}`, status: Scan.Waiting })
  }

  async logout (reason) {
    if (this.isLoggedIn) this.report('logout', { reason })
    await super.logout(reason)
  }

  /** A provider's event stream listens to `dong`: so we know whether one is open. */
  on (event, listener) {
    if (event === 'dong') this.report?.('stream', { at: monotonic(), open: true })
    return super.on(event, listener)
  }

  off (event, listener) {
    if (event === 'dong') this.report?.('stream', { at: monotonic(), open: false })
    return super.off(event, listener)
  }

  ding (data) {
    setImmediate(() => this.emit('dong', { data: data || '' }))
  }

  dirtyPayload (type, id) {
    this.act('dirtyPayload', [type, id])
    this.spoil(type, id)
  }

  spoil (type, id) {
    super.dirtyPayload(type, id)
  }

  /** Like a send: on disk first, then answered. */
  act (method, args, result) {
    const act = { args, at: monotonic(), method, result }
    this.acts.append(act)
    this.report('act', act)
  }

  // ---- contacts ---------------------------------------------------------------------------------

  contact (id) {
    const contact = this.world.contacts[id]
    if (!contact) throw new Error(`no contact ${id}`)
    return contact
  }

  async contactList () {
    return [this.self, ...Object.values(this.world.contacts).filter(one => one.friend).map(one => one.id)]
  }

  async contactRawPayload (id) {
    return { ...this.contact(id), ...this.notebook.about(id) }
  }

  async contactRawPayloadParser (payload) { return payload }

  async contactAlias (id, alias) {
    if (alias === undefined) return this.notebook.about(id).alias
    this.note('contactAlias', id, { alias: alias ?? '' })
  }

  async contactPhone (id, phone) {
    if (phone === undefined) return (await this.contactRawPayload(id)).phone
    this.note('contactPhone', id, { phone })
  }

  async contactCorporationRemark (id, corporation) {
    this.note('contactCorporationRemark', id, { corporation: corporation ?? '' })
  }

  async contactDescription (id, description) {
    if (description === undefined) return this.notebook.about(id).description ?? ''
    this.note('contactDescription', id, { description: description ?? '' })
  }

  async contactAvatar (id, file) {
    const { name } = this.contact(id)
    if (!file) return smallFile(`avatar of ${name}`, `${name}.png`)
    this.act('contactAvatar', [id, await this.describe(file)])
  }

  async contactSelfName (name) {
    this.note('contactSelfName', this.self, { name })
  }

  async contactSelfSignature (signature) {
    this.note('contactSelfSignature', this.self, { signature })
  }

  async contactSelfQRCode () {
    return 'https://u.wechat.invalid/the-team'
  }

  note (method, id, change) {
    this.contact(id)
    this.notebook.write(id, change)
    this.act(method, [id, ...Object.values(change)])
    this.spoil(Payload.Contact, id)
  }

  // ---- tags -------------------------------------------------------------------------------------

  async tagContactAdd (tag, id) {
    this.notebook.tag(tag, id)
    this.act('tagContactAdd', [tag, id])
  }

  async tagContactRemove (tag, id) {
    this.notebook.untag(tag, id)
    this.act('tagContactRemove', [tag, id])
  }

  async tagContactDelete (tag) {
    this.notebook.dropTag(tag)
    this.act('tagContactDelete', [tag])
  }

  async tagContactList (id) {
    return this.notebook.tags(id)
  }

  // ---- friendship -------------------------------------------------------------------------------

  async friendshipSearchPhone (phone) {
    return Object.values(this.world.contacts).find(one => one.phone.includes(phone))?.id ?? null
  }

  async friendshipSearchHandle (handle) {
    return Object.values(this.world.contacts).find(one => one.handle === handle)?.id ?? null
  }

  async friendshipAdd (id, options) {
    this.contact(id)
    this.act('friendshipAdd', [id, JSON.parse(JSON.stringify(options))])
  }

  async friendshipAccept (id) {
    this.friendship(id)
    this.act('friendshipAccept', [id])
  }

  async friendshipRawPayload (id) { return this.friendship(id) }
  async friendshipRawPayloadParser (payload) { return payload }

  friendship (id) {
    const friendship = this.friendships.get(id)
    if (!friendship) throw new Error(`no friendship ${id}`)
    return friendship
  }

  // ---- rooms ------------------------------------------------------------------------------------

  /** A room as this account sees it: it knows only the rooms it is in. */
  room (id) {
    const room = this.world.rooms[id]
    if (!room?.memberIdList.includes(this.self)) throw new Error(`${this.self} is not in room ${id}`)
    return room
  }

  async roomList () {
    return Object.values(this.world.rooms).filter(room => room.memberIdList.includes(this.self)).map(room => room.id)
  }

  async roomRawPayload (id) {
    const { announcement: _announcement, roomAlias: _roomAlias, ...payload } = this.room(id)
    return payload
  }

  async roomRawPayloadParser (payload) { return payload }

  async roomMemberList (id) {
    return this.room(id).memberIdList
  }

  async roomMemberRawPayload (id, memberId) {
    const room = this.room(id)
    if (!room.memberIdList.includes(memberId)) throw new Error(`${memberId} is not in room ${id}`)
    const { avatar, name } = this.contact(memberId)
    return { avatar, id: memberId, inviterId: room.ownerId, name, roomAlias: room.roomAlias[memberId] ?? '' }
  }

  async roomMemberRawPayloadParser (payload) { return payload }

  async roomTopic (id, topic) {
    const room = this.room(id)
    if (topic === undefined) return room.topic
    this.act('roomTopic', [id, topic])
  }

  async roomAnnounce (id, text) {
    const room = this.room(id)
    if (text === undefined) return room.announcement
    room.announcement = text
    this.act('roomAnnounce', [id, text])
  }

  async roomAvatar (id) {
    return FileBox.fromUrl(this.room(id).avatar, { name: `${id}.png`, size: 123 })
  }

  async roomQRCode (id) {
    return `https://room.invalid/${this.room(id).id}`
  }

  async roomAdd (id, contactId, inviteOnly) {
    this.room(id)
    this.act('roomAdd', [id, contactId, inviteOnly])
  }

  async roomDel (id, contactId) {
    this.room(id)
    this.act('roomDel', [id, contactId])
  }

  async roomQuit (id) {
    this.room(id)
    this.act('roomQuit', [id])
  }

  async roomCreate (contactIdList, topic) {
    const id = `${topic.replace(/\W/g, '').toLowerCase()}@chatroom`
    this.act('roomCreate', [contactIdList, topic], id)
    return id
  }

  async roomInvitationRawPayload (id) { return this.invitation(id) }
  async roomInvitationRawPayloadParser (payload) { return payload }

  async roomInvitationAccept (id) {
    this.invitation(id)
    this.act('roomInvitationAccept', [id])
  }

  invitation (id) {
    const invitation = this.invitations.get(id)
    if (!invitation) throw new Error(`no room invitation ${id}`)
    return invitation
  }

  async conversationReadMark (conversationId, hasRead) {
    this.act('conversationReadMark', [conversationId, hasRead])
  }

  // ---- messages: reading ------------------------------------------------------------------------

  async messageRawPayload (id) {
    const { content: _content, copy: _copy, hangs, sent: _sent, sentAt: _sentAt, shownAt: _shownAt, ...payload } = this.log.message(id)
    if (hangs) await new Promise(() => {})
    return payload
  }

  async messageRawPayloadParser (payload) { return payload }

  content (id, kind) {
    const content = this.log.message(id).content?.[kind]
    if (content === undefined) throw new Error(`message ${id} has no ${kind}`)
    return content
  }

  async messageContact (id) { return this.content(id, 'contact') }
  async messageUrl (id) { return this.content(id, 'url') }
  async messageMiniProgram (id) { return this.content(id, 'miniProgram') }
  async messageLocation (id) { return this.content(id, 'location') }

  async messageFile (id) {
    const { name, sha256 } = this.content(id, 'file')
    return FileBox.fromBase64(this.shelf.get(sha256).toString('base64'), name)
  }

  async messageImage (id, type) {
    const { name, sha256 } = this.content(id, 'file')
    switch (type) {
      case Image.Thumbnail: return smallFile(`thumbnail of ${sha256}`, `thumbnail-${name}`)
      case Image.HD: return FileBox.fromQRCode(`hd ${sha256}`)
      default: return this.messageFile(id)
    }
  }

  // ---- messages: sending ------------------------------------------------------------------------

  async messageSendText (to, text, mentionIdList = []) {
    return this.send(to, { mentionIdList, text, type: Message.Text })
  }

  async messageSendFile (to, file) {
    const bytes = await file.toBuffer()
    while (this.ails.slow) await new Promise(resolve => setTimeout(resolve, 20))
    const content = { file: { name: file.name, ...this.shelf.put(bytes) } }
    return this.send(to, { content, filename: file.name, type: typeOfFile(file.name) })
  }

  async messageSendContact (to, contactId) {
    return this.send(to, { content: { contact: contactId }, type: Message.Contact })
  }

  async messageSendUrl (to, url) {
    return this.send(to, { content: { url }, type: Message.Url })
  }

  async messageSendMiniProgram (to, miniProgram) {
    return this.send(to, { content: { miniProgram }, type: Message.MiniProgram })
  }

  async messageSendLocation (to, location) {
    return this.send(to, { content: { location: JSON.parse(JSON.stringify(location)) }, type: Message.Location })
  }

  async messageForward (to, id) {
    const { content, filename, text, type } = this.log.message(id)
    return this.send(to, { content, filename, forwarded: id, text, type })
  }

  async messageRecall (id) {
    const recalled = this.log.message(id).sent === true
    this.act('messageRecall', [id], recalled)
    return recalled
  }

  /** Delivers first, then answers: what the log holds was delivered, whatever becomes of the answer. */
  async send (to, message) {
    await this.pause.beforeSend()
    if (!this.isLoggedIn) throw new Error('not logged in')
    if (this.refusals.length > 0) throw new Error(this.refusals.shift())
    const where = this.world.rooms[to] ? { roomId: this.room(to).id } : { listenerId: this.contact(to).id }
    const whole = {
      mentionIdList: [],
      text: '',
      ...message,
      ...where,
      id: this.newMessageId(),
      sent: true,
      sentAt: monotonic(),
      talkerId: this.self,
      timestamp: Date.now(),
    }
    if (this.ails.mute) return whole.id
    this.log.append(whole)
    this.report('sent', whole)
    setImmediate(() => this.emit('message', { messageId: whole.id }))
    await this.pause.afterSend()
    return whole.id
  }

  newMessageId () {
    return `${this.accountName}-${this.run}-${++this.sent}`
  }

  // ---- what the world does to this account ------------------------------------------------------

  receive (message) {
    if (this.ails.deaf) return undefined
    const whole = { mentionIdList: [], text: '', timestamp: Date.now(), id: this.newMessageId(), shownAt: monotonic(), ...message }
    if (!whole.roomId) whole.listenerId ??= this.self
    this.log.append(whole)
    this.emit('message', { messageId: whole.id })
    return whole.id
  }

  befriend (friendship) {
    this.friendships.set(friendship.id, friendship)
    this.emit('friendship', { friendshipId: friendship.id })
  }

  invite (invitation) {
    this.invitations.set(invitation.id, invitation)
    this.emit('room-invite', { roomInvitationId: invitation.id })
  }

  /** The world changed; whoever keeps payloads of these rooms must ask again. */
  see (world, changedRooms = []) {
    this.world = world
    for (const id of changedRooms) {
      this.spoil(Payload.Room, id)
      this.spoil(Payload.RoomMember, id)
    }
  }

  async describe (file) {
    return { name: file.name, ...this.shelf.put(await file.toBuffer()) }
  }
}

export class AccountPuppet extends accountPuppet(PuppetMock) {}

const smallFile = (text, name) => FileBox.fromBase64(Buffer.from(text).toString('base64'), name)

function typeOfFile (name) {
  if (/\.(png|jpe?g|gif)$/i.test(name)) return Message.Image
  if (/\.(mp4|mov)$/i.test(name)) return Message.Video
  if (/\.(mp3|sil|silk)$/i.test(name)) return Message.Audio
  return Message.Attachment
}

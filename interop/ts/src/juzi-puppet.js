/**
 * One WeChat account as a puppet of the living fork: what the community's accounts do, and what only the fork's protocol
 * has, kept in memory. Nobody publishes a mock for it.
 */
import { Puppet } from '@juzi/wechaty-puppet'
import * as PUPPET from '@juzi/wechaty-puppet'
import { FileBox } from 'file-box'

import { accountPuppet } from './account-puppet.js'

const { Message } = PUPPET.types

export class JuziPuppet extends accountPuppet(Puppet) {
  tags = new Map()
  groups = new Map()
  posts = new Map()
  broadcasts = new Map()
  permissions = {}
  signature = 'nothing yet'
  made = {}

  name () { return 'juzi-mock' }
  version () { return '0.0.0' }

  /** Ids of its own, the same in each run. */
  newId (what) { return `${what}-${this.made[what] = (this.made[what] ?? 0) + 1}` }

  // ---- contacts ---------------------------------------------------------------------------------

  async contactRawPayload (id) {
    const tags = [...this.tags].filter(([, tag]) => tag.contacts.has(id)).map(([tag]) => tag)
    return { ...await super.contactRawPayload(id), tags }
  }

  async contactDelete (id) { this.contact(id); this.act('contactDelete', [id]) }
  async contactPayloadModify (id, change) { this.contact(id); this.act('contactPayloadModify', [id, change.description, change.tags]) }
  async contactSelfAka (aka) { this.act('contactSelfAka', [aka]) }
  async contactSelfRealName (name) { this.act('contactSelfRealName', [name]) }
  async contactSelfRoomAlias (id, alias) { this.room(id); this.act('contactSelfRoomAlias', [id, alias]) }
  async getContactExternalUserId (ids) { return ids.map(contactId => ({ contactId, externalUserId: `external ${contactId}` })) }

  async batchContactRawPayload (ids) {
    return new Map(await Promise.all(ids.map(async id => [id, await this.contactRawPayload(id)])))
  }

  async batchRoomMemberRawPayload (roomId, ids) {
    return new Map(await Promise.all(ids.map(async id => [id, await this.roomMemberRawPayload(roomId, id)])))
  }

  // ---- tags -------------------------------------------------------------------------------------

  tag (id) {
    const tag = this.tags.get(id)
    if (!tag) throw new Error(`no tag ${id}`)
    return tag
  }

  async tagTagAdd (names, groupId) {
    const made = names.map(name => {
      const id = this.newId('tag')
      this.tags.set(id, { contacts: new Set(), groupId: groupId ?? '', name })
      return { id, name }
    })
    this.act('tagTagAdd', [names, groupId])
    return made
  }

  async tagTagDelete (ids) { ids.forEach(id => this.tag(id) && this.tags.delete(id)); this.act('tagTagDelete', [ids]) }
  async tagTagModify (infos) { infos.forEach(({ id, name }) => { this.tag(id).name = name }); return infos }
  async tagTagList () { return [...this.tags.keys()] }
  async tagTagContactList (id) { return [...this.tag(id).contacts] }
  async tagPayloadPuppet (id) { const { groupId, name } = this.tag(id); return { groupId, id, name, type: 1 } }

  async tagContactTagAdd (ids, contacts) {
    ids.forEach(id => contacts.forEach(contact => this.tag(id).contacts.add(contact)))
    this.act('tagContactTagAdd', [ids, contacts])
  }

  async tagContactTagRemove (ids, contacts) {
    ids.forEach(id => contacts.forEach(contact => this.tag(id).contacts.delete(contact)))
    this.act('tagContactTagRemove', [ids, contacts])
  }

  async tagContactTagList (contact) {
    return [...this.tags].filter(([, tag]) => tag.contacts.has(contact)).map(([id]) => id)
  }

  async tagGroupAdd (name) {
    const id = this.newId('group')
    this.groups.set(id, name)
    this.act('tagGroupAdd', [name])
    return id
  }

  async tagGroupDelete (id) { this.groups.delete(id); this.act('tagGroupDelete', [id]) }
  async tagGroupList () { return [...this.groups.keys()] }
  async tagGroupTagList (id) { return [...this.tags].filter(([, tag]) => tag.groupId === (id ?? '')).map(([tag]) => tag) }
  async tagGroupPayloadPuppet (id) { return { id, name: this.groups.get(id), type: 1 } }

  // ---- rooms ------------------------------------------------------------------------------------

  async roomAdd (id, contacts, inviteOnly, quoteIds = []) {
    this.room(id)
    this.act('roomAdd', [id, contacts, inviteOnly, quoteIds])
  }

  async roomAddV2 (id, contacts, inviteOnly) {
    this.room(id)
    this.act('roomAddV2', [id, contacts, inviteOnly])
    return this.parted(contacts)
  }

  async roomDelV2 (id, contacts) {
    this.room(id)
    this.act('roomDelV2', [id, contacts])
    return this.parted(contacts)
  }

  /** Strangers it fails at. */
  parted (contacts) {
    const isFriend = id => this.contact(id).friend
    const failList = contacts.filter(id => !isFriend(id))
    return { failList, failReasonList: failList.map(id => `${id} is a stranger`), successList: contacts.filter(isFriend) }
  }

  async roomRemark (id, remark) { this.room(id); this.act('roomRemark', [id, remark]) }
  async roomOwnerTransfer (id, contact) { this.room(id); this.act('roomOwnerTransfer', [id, contact]) }
  async roomAddAdmins (id, contacts) { this.room(id); this.act('roomAddAdmins', [id, contacts]) }
  async roomDelAdmins (id, contacts) { this.room(id); this.act('roomDelAdmins', [id, contacts]) }
  async roomDismiss (id) { this.room(id); this.act('roomDismiss', [id]) }
  async roomParseDynamicQRCode (url) { return { qrcode: url, qrcodeImageUrl: `${url}.png`, roomName: 'Tea room' } }
  async roomInvitationAcceptByQRCode (qrcode) { this.act('roomInvitationAcceptByQRCode', [qrcode]); return { chatId: '', roomId: 'found@chatroom' } }

  async roomPermission (id, permission) {
    this.room(id)
    const isSet = Object.values(permission ?? {}).some(one => one !== undefined)
    if (!isSet) return this.permissions
    this.permissions = { ...this.permissions, ...JSON.parse(JSON.stringify(permission)) }
    this.act('roomPermission', [id, this.permissions])
    return this.permissions
  }

  async getRoomAntiSpamStrategyList () { return [{ id: 'strategy-1', name: 'no links' }] }
  async getRoomAntiSpamStrategyEffectRoomList (id) { return id === 'strategy-1' ? Object.keys(this.world.rooms).slice(0, 1) : [] }
  async applyRoomAntiSpamStrategy (id, rooms, active) { this.act('applyRoomAntiSpamStrategy', [id, rooms, active]) }

  async getCorpMessageInterceptionStrategies () {
    return [{ email: true, name: 'words', phoneNumber: false, redPacket: false, type: 1, words: ['tea'] }]
  }

  // ---- messages ---------------------------------------------------------------------------------

  async messageSendText (to, text, options) {
    const { mentionIdList = [], quoteId } = Array.isArray(options) ? { mentionIdList: options } : options ?? {}
    return this.send(to, { mentionIdList, ...quoteId && { quoteId }, text, type: Message.Text })
  }

  async messageForward (to, ids) {
    let last
    // Its service forwards a single one twice; the second time is as good as none here.
    for (const id of [ids].flat()) last = id ? await super.messageForward(to, id) : undefined
    return last
  }

  async messageChannel (id) { return this.content(id, 'channel') }
  async messageChannelCard (id) { return this.content(id, 'channelCard') }
  async messageCallRecord (id) { return this.content(id, 'callRecord') }
  async messageChatHistory (id) { return this.content(id, 'chatHistory') }
  async messagePreview (id) { return this.messageFile(id) }
  async messageSendChannel (to, channel) { return this.send(to, { content: { channel: plain(channel) }, type: Message.Channel }) }
  async messageSendChannelCard (to, card) { return this.send(to, { content: { channelCard: plain(card) }, type: Message.ChannelCard }) }

  async messageSendPost (to, post) {
    return this.send(to, { content: { post: await this.parts(post) }, type: Message.Post })
  }

  async getMessageBroadcastTarget () { return { contactIds: (await this.contactList()).slice(1), roomIds: await this.roomList() } }

  async createMessageBroadcast (targets, post) {
    const id = this.newId('broadcast')
    this.broadcasts.set(id, targets)
    this.act('createMessageBroadcast', [targets, await this.parts(post)])
    return id
  }

  async getMessageBroadcastStatus (id) {
    const of = target => target.endsWith('@chatroom') ? { roomId: target } : { contactId: target }
    return { detail: this.broadcasts.get(id).map(target => ({ ...of(target), status: 1 })), status: 2 }
  }

  // ---- posts ------------------------------------------------------------------------------------

  /** What each part of a post says. */
  async parts (post) {
    return Promise.all(post.sayableList.map(async ({ payload }) => {
      const { filebox, text } = payload
      return filebox ? this.describe(filebox) : text ?? plain(payload)
    }))
  }

  async postPublish (post) {
    const id = this.newId('post')
    this.posts.set(id, post)
    this.act('postPublish', [await this.parts(post), post.visibleList ?? []])
    return id
  }

  async postUnpublish (id) { this.posts.delete(id); this.act('postUnpublish', [id]) }

  async postRawPayload (id) {
    const post = this.posts.get(id)
    if (!post) throw new Error(`no post ${id}`)
    return {
      contactId: this.self, counter: { children: 1, descendant: 2, taps: { 1: 3 } }, id, parentId: '', rootId: '',
      sayableList: post.sayableList.map((_, number) => `part-${number}`), timestamp: 1_700_000_000_000, type: 1,
    }
  }

  async postRawPayloadParser (payload) { return payload }
  async postPayloadSayable (id, part) { return this.posts.get(id).sayableList[Number(part.slice('part-'.length))] }
  async tap (id, type, tap) { this.act('tap', [id, type, tap]); return tap }
  async momentSignature (text) { if (text) { this.signature = text; this.act('momentSignature', [text]) } return this.signature }
  async momentVisibleList () { return (await this.contactList()).slice(1) }

  async momentCoverage (cover) {
    if (!cover) return FileBox.fromBase64(Buffer.from('cover').toString('base64'), 'cover.png')
    this.act('momentCoverage', [await this.describe(cover)])
  }
}

const plain = value => JSON.parse(JSON.stringify(value))

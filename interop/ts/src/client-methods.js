/**
 * The methods of the stock TypeScript client, read from its prototypes, so that none can be forgotten.
 */
import { EventEmitter } from 'node:events'
import { PuppetService } from 'wechaty-puppet-service'

/** Names of everything callable on a client, but for what Node's EventEmitter brings. */
export function clientMethods () {
  const names = new Set()
  for (let proto = PuppetService.prototype; proto !== EventEmitter.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return [...names].sort()
}

/** Methods that never reach a service, by the reason why they cannot. */
export const LOCAL_METHODS = {
  'answers from what the client has in memory': [
    'contactPayloadCache', 'friendshipPayloadCache', 'messageList', 'messagePayloadCache', 'postList',
    'postPayloadCache', 'roomInvitationPayloadCache', 'roomPayloadCache', 'logonoff', 'selfId',
  ],
  'describes the client itself': ['name', 'toString', 'version', 'wechatyVersionRange'],
  'is plumbing of the client': [
    '__dirtyPayloadAwait', 'bridgeGrpcEventStream', 'emit', 'hookPayloadStore', 'login', 'onDirty',
    'onGrpcStreamEvent', 'onStart', 'onStop', 'serializeFileBox', 'setMemory',
  ],
  'turns a payload or a query into another form': [
    'contactQueryFilterFactory', 'contactRawPayloadParser', 'friendshipRawPayloadParser',
    'messageQueryFilterFactory', 'messageRawPayloadParser', 'roomInvitationRawPayloadParser',
    'roomMemberRawPayloadParser', 'roomQueryFilterFactory', 'roomRawPayloadParser',
  ],
}

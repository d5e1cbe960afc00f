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

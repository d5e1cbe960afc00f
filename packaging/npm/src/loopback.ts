/** Stock gRPC sends what goes to this machine through a proxy too, where one is set, unless it is told not to. */
const LOOPBACK = '127.0.0.1'

/** From now on gRPC connects to this machine directly; other hosts are reached as before. */
export function withoutProxy (env: NodeJS.ProcessEnv = process.env): void {
  // The one is read instead of the other.
  const hosts = (env.no_grpc_proxy || env.no_proxy || '').split(',').filter(Boolean)
  if (!hosts.includes(LOOPBACK)) env.no_grpc_proxy = [...hosts, LOOPBACK].join(',')
}

// A minimal TCP balancer: each connection goes to the next port that accepts it.
import { connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  readonly url: string
  stop(): void
}

/** Distributes connections to `ports` in turn. If no port accepts one, the client's connection is closed. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let turn = 0
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    return socket
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const first = turn++
    join(
      keep(client),
      ports.map((_, at) => ports[(first + at) % ports.length]!),
      keep,
    )
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address() as { readonly port: number }
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Connects a client with the first of these ports that accepts. */
function join(client: Socket, [port, ...others]: readonly number[], keep: (socket: Socket) => Socket): void {
  if (port === undefined) return void client.destroy()
  const server = keep(connect({ port, host: '127.0.0.1', allowHalfOpen: true }))
  let isJoined = false
  server.once('connect', () => {
    isJoined = true
    client.pipe(server)
    server.pipe(client)
    client.resume()
  })
  server.once('error', () => (isJoined ? client.destroy() : join(client, others, keep)))
  client.once('error', () => server.destroy())
}

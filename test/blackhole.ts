// An address that does not respond: on Linux, a listener whose queue is full drops further connection attempts.
import { dlopen } from 'bun:ffi'
import { connect } from 'node:net'

const AF_INET = 2
const SOCK_STREAM = 1
const ADDRESS_BYTES = 16

export interface Blackhole {
  readonly url: string
  /** Refuses connections from now on, including those that are being opened. */
  close(): void
}

/** Undefined on other systems. It uses system calls, because the runtime's own servers accept at once. */
export async function startBlackhole(): Promise<Blackhole | undefined> {
  if (process.platform !== 'linux') return undefined
  const { symbols: system } = dlopen('libc.so.6', {
    socket: { args: ['int', 'int', 'int'], returns: 'int' },
    bind: { args: ['int', 'ptr', 'int'], returns: 'int' },
    listen: { args: ['int', 'int'], returns: 'int' },
    getsockname: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
    close: { args: ['int'], returns: 'int' },
  })
  const address = new Uint8Array(ADDRESS_BYTES)
  new Uint16Array(address.buffer)[0] = AF_INET
  address.set([127, 0, 0, 1], 4)
  const listener = system.socket(AF_INET, SOCK_STREAM, 0)
  system.bind(listener, address, ADDRESS_BYTES)
  system.listen(listener, 0)
  system.getsockname(listener, address, new Int32Array([ADDRESS_BYTES]))
  const port = new DataView(address.buffer).getUint16(2)
  const first = connect({ host: '127.0.0.1', port }) // a queue of length 0 takes one
  await new Promise((resolve) => first.once('connect', resolve))
  first.on('error', () => {}) // reset when the listener goes
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      first.destroy()
      system.close(listener)
    },
  }
}

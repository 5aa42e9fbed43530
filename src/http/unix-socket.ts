// The socket file of a listener.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { UnixConfig } from './unix-config.ts'

/**
 * Removes the socket file that a process left behind when it was killed. Throws Error with a message for the operator if
 * a program listens on it, or if it is another kind of file.
 */
export async function removeStaleSocket({ path }: UnixConfig): Promise<void> {
  const state = lstatSync(path, { throwIfNoEntry: false })
  if (!state) return
  if (!state.isSocket())
    throw new Error(`${path} exists and is not a socket. Remove it, or choose another path in server.unix.`)
  if (await isListening(path))
    throw new Error(`The socket ${path} is in use by another program. Choose another path in server.unix.`)
  unlinkSync(path)
}

function isListening(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path)
  socket.once('connect', () => resolve(true))
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  )
  return promise.finally(() => socket.destroy())
}

/** Opens a listener whose socket file has its mode from the first moment on: nobody connects to it before. */
export function withMode<Opened>({ path, mode }: UnixConfig, open: () => Opened): Opened {
  const before = process.umask(0o177)
  try {
    return open()
  } finally {
    process.umask(before)
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) chmodSync(path, Number.parseInt(mode, 8))
  }
}

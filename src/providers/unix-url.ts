// `unix:/run/vllm.sock`, and `unix:/run/vllm.sock:/v1` with a path of the API.
const UNIX_URL = /^unix:(\/[^:?#\s]+)(?::(\/[^?#\s]*))?$/

/** Longer paths do not fit into the kernel's address. */
const LONGEST_SOCKET_PATH = 107

export interface UnixUrl {
  readonly socket: string
  /** The URL of the requests on that socket. */
  readonly url: string
}

/** Undefined if it is not the URL of a Unix socket. */
export function unixUrlOf(text: string): UnixUrl | undefined {
  const [, socket, path = ''] = UNIX_URL.exec(text) ?? []
  return socket === undefined || Buffer.byteLength(socket) > LONGEST_SOCKET_PATH
    ? undefined
    : { socket, url: `http://localhost${path}` }
}

import type { ListenOptions } from './server.ts'

const SOCKET_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the file exists',
  ENOENT: 'its folder does not exist',
  EACCES: 'this user may not write to its folder',
  EROFS: 'its folder is read-only',
}

/** The error of a port that cannot be opened, with a message for the operator. */
export function listenError(
  thrown: unknown,
  { host, port, unix }: Pick<ListenOptions, 'host' | 'port' | 'unix'>,
): Error {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (unix)
    return new Error(`Cannot open the socket ${unix.path}: ${SOCKET_REASONS[String(code)] ?? String(thrown)}.`, {
      cause: thrown,
    })
  if (code === 'EADDRINUSE')
    return new Error(`Port ${port} is in use by another program. Choose another with SERVER_PORT or METRICS_PORT.`, {
      cause: thrown,
    })
  if (code === 'EACCES')
    return new Error(
      `This user is not permitted to open port ${port}. Ports from 1024 on need no special permission.`,
      {
        cause: thrown,
      },
    )
  return new Error(`Cannot listen on ${host}:${port}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
    cause: thrown,
  })
}

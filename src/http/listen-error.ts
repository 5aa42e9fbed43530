/** The error of a port that cannot be opened, with a message for the operator. */
export function listenError(thrown: unknown, { host, port }: { readonly host: string; readonly port: number }): Error {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
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

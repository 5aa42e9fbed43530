/** An address that is silent for this time gets company: the next one is tried too. */
const NEXT_ADDRESS_MS = 300

/**
 * Opens a connection to one of `addresses`. The next one is tried when one fails, or is silent. `spare` gets connections
 * that were opened too late. Rejects with the error of the first address if none accepts.
 */
export function connectToAny<Connection>(
  addresses: readonly string[],
  open: (address: string) => Promise<Connection>,
  spare: (connection: Connection) => void,
): Promise<Connection> {
  const [only] = addresses
  if (addresses.length === 1) return open(only!)
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  let next = 0
  let failed = 0
  let firstError: unknown
  let isDone = false
  let timer: Timer | undefined
  const tryNext = () => {
    clearTimeout(timer)
    if (isDone || next === addresses.length) return
    open(addresses[next++]!).then(opened, tried)
    timer = setTimeout(tryNext, NEXT_ADDRESS_MS)
  }
  const opened = (connection: Connection) => {
    clearTimeout(timer)
    if (isDone) return spare(connection)
    isDone = true
    resolve(connection)
  }
  const tried = (error: unknown) => {
    firstError ??= error
    if (++failed < addresses.length) return tryNext()
    clearTimeout(timer)
    reject(firstError)
  }
  tryNext()
  return promise
}

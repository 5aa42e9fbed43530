// One port with one of two servers behind it. The server can be changed while it runs: idle connections close, requests in
// flight end on the server where they began.
import { openBunServer } from './bun-server.ts'
import type { TransportServer, Handle } from './transport-server.ts'
import { openNodeServer } from './node-server.ts'

export interface Port {
  readonly port: number
  /** Whether connections can be broken on purpose. */
  setBreakable(breakable: boolean): Promise<void>
  /** Refuses connections for this time. */
  refuseFor(seconds: number): Promise<void>
  /** Accepts connections again at once. */
  reopen(): Promise<void>
  stop(): void
}

export function listen(hostname: string, port: number, handle: Handle): Port {
  let active: TransportServer | undefined = openBunServer(hostname, port, handle)
  const bound = active.port
  /** Servers that no longer listen but may still have requests in flight. */
  const retired: TransportServer[] = []
  let breakable = false
  let reopening: Timer | undefined
  let last = Promise.resolve()

  /** Serializes changes: two at once would both open the port. */
  const serialize = (change: () => Promise<void>): Promise<void> => {
    const turn = last.then(change)
    last = turn.catch(() => {})
    return turn
  }

  async function open(): Promise<void> {
    active ??= breakable ? await openNodeServer(hostname, bound, handle) : openBunServer(hostname, bound, handle)
  }

  function shut(): void {
    if (!active) return
    active.close()
    retired.push(active)
    active = undefined
  }

  async function reopen(): Promise<void> {
    clearTimeout(reopening)
    await open()
  }

  async function change(wanted: boolean): Promise<void> {
    if (wanted === breakable) return
    breakable = wanted
    if (!active) return // connections are refused: `open` picks the right server later
    shut()
    await open()
  }

  async function refuseFor(seconds: number): Promise<void> {
    shut()
    clearTimeout(reopening)
    // If another process has taken the port meanwhile, it stays closed.
    reopening = setTimeout(() => void serialize(open).catch(() => {}), seconds * 1000)
  }

  return {
    port: bound,
    setBreakable: (wanted) => serialize(() => change(wanted)),
    refuseFor: (seconds) => serialize(() => refuseFor(seconds)),
    reopen: () => serialize(reopen),
    stop() {
      clearTimeout(reopening)
      for (const one of [...retired, active]) one?.kill()
    },
  }
}

// One port with two possible fronts behind it, changed while it runs: idle connections close, calls in flight end where
// they began.
import { openBunServer } from './bun-server.ts'
import type { TransportServer, Handle } from './transport-server.ts'
import { openNodeServer } from './node-server.ts'

export interface Port {
  readonly port: number
  /** Whether connections can be broken on purpose. */
  setBreakable(breakable: boolean): Promise<void>
  /** Connections are refused for so long. */
  refuseFor(seconds: number): Promise<void>
  /** Ends a refusal early. */
  reopen(): Promise<void>
  stop(): void
}

export function listen(hostname: string, port: number, handle: Handle): Port {
  let front: TransportServer | undefined = openBunServer(hostname, port, handle)
  const bound = front.port
  /** Fronts that no longer listen but may still have calls in flight. */
  const retired: TransportServer[] = []
  let breakable = false
  let reopening: Timer | undefined
  let last = Promise.resolve()

  /** Two changes at once would both want the port. */
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    const turn = last.then(change)
    last = turn.catch(() => {})
    return turn
  }

  async function open(): Promise<void> {
    front ??= breakable ? await openNodeServer(hostname, bound, handle) : openBunServer(hostname, bound, handle)
  }

  function shut(): void {
    if (!front) return
    front.close()
    retired.push(front)
    front = undefined
  }

  async function reopen(): Promise<void> {
    clearTimeout(reopening)
    await open()
  }

  async function change(wanted: boolean): Promise<void> {
    if (wanted === breakable) return
    breakable = wanted
    if (!front) return // refusing: the right one opens later
    shut()
    await open()
  }

  async function refuseFor(seconds: number): Promise<void> {
    shut()
    clearTimeout(reopening)
    // Another process may have taken the port meanwhile; then it stays closed.
    reopening = setTimeout(() => void inTurn(open).catch(() => {}), seconds * 1000)
  }

  return {
    port: bound,
    setBreakable: (wanted) => inTurn(() => change(wanted)),
    refuseFor: (seconds) => inTurn(() => refuseFor(seconds)),
    reopen: () => inTurn(reopen),
    stop() {
      clearTimeout(reopening)
      for (const one of [...retired, front]) one?.kill()
    },
  }
}

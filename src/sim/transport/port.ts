// One port with two possible fronts behind it, changed while it runs: idle connections close, calls in flight end where
// they began.
import { openBunFront } from './bun-front.ts'
import type { Front, Handle } from './front.ts'
import { openNodeFront } from './node-front.ts'

export interface Port {
  readonly port: number
  /** Whether connections can be broken on purpose. */
  setBreakable(breakable: boolean): Promise<void>
  /** Connections are refused for so long. */
  refuseFor(seconds: number): void
  /** Ends a refusal early. */
  reopen(): Promise<void>
  stop(): void
}

export function listen(hostname: string, port: number, handle: Handle): Port {
  let front: Front | undefined = openBunFront(hostname, port, handle)
  const bound = front.port
  let breakable = false
  let reopening: Timer | undefined

  async function open(): Promise<void> {
    front = breakable ? await openNodeFront(hostname, bound, handle) : openBunFront(hostname, bound, handle)
  }

  function shut(): void {
    front?.close()
    front = undefined
  }

  async function reopen(): Promise<void> {
    clearTimeout(reopening)
    reopening = undefined
    if (!front) await open()
  }

  return {
    port: bound,
    async setBreakable(wanted) {
      if (wanted === breakable) return
      breakable = wanted
      if (!front) return // refusing: the right one opens later
      shut()
      await open()
    },
    refuseFor(seconds) {
      shut()
      clearTimeout(reopening)
      reopening = setTimeout(() => void reopen(), seconds * 1000)
    },
    reopen,
    stop() {
      clearTimeout(reopening)
      front?.kill()
    },
  }
}

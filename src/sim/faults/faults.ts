import type { Random } from '../engine/random.ts'
import type { Port } from '../transport/port.ts'
import { createFaultRegistry } from './fault-registry.ts'
import type { Fault } from './fault.ts'

/** The faults of a running server. Some of them change its port. */
export interface Faults {
  /** Resolves when the fault is armed. `refuse` takes effect at once and ends by itself. */
  arm(fault: Fault): Promise<void>
  clear(): Promise<void>
  list(): readonly Fault[]
  draw(): Fault | undefined
}

/** `port` is a function because the server that owns the port needs the faults first. */
export function createFaults(random: Random, port: () => Port): Faults {
  const registry = createFaultRegistry(random)
  return {
    async arm(fault) {
      if (fault.kind === 'refuse') return port().refuseFor(fault.seconds)
      registry.arm(fault)
      await port().setBreakable(registry.breaks)
    },
    async clear() {
      registry.clear()
      await port().setBreakable(false)
      await port().reopen()
    },
    list: registry.list,
    draw: registry.draw,
  }
}

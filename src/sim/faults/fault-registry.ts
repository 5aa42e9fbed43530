import type { Random } from '../engine/random.ts'
import { type Fault, FAULT_KINDS } from './fault.ts'

/** The faults armed on one server. */
export interface FaultRegistry {
  arm(fault: Fault): void
  clear(): void
  /** The faults that are still armed, with their remaining counts. */
  list(): readonly Fault[]
  /** Draws the fault for a new request, if any: the first one that the random choice selects, in the order of arming. */
  draw(): Fault | undefined
  /** Whether any fault needs a server that can break connections. */
  readonly breaks: boolean
}

interface Armed {
  readonly fault: Fault
  left: number
}

export function createFaultRegistry(random: Random): FaultRegistry {
  let armed: Armed[] = []
  return {
    arm(fault) {
      armed.push({ fault, left: fault.count ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      armed = []
    },
    list: () => armed.map(({ fault, left }) => ({ ...fault, count: fault.count === null ? null : left })),
    draw() {
      if (armed.length === 0) return undefined
      const drawn = armed.find(({ fault }) => fault.rate >= 1 || random() < fault.rate)
      if (drawn && --drawn.left === 0) armed = armed.filter((one) => one !== drawn)
      return drawn?.fault
    },
    get breaks() {
      return armed.some(({ fault }) => FAULT_KINDS[fault.kind].breaks)
    },
  }
}

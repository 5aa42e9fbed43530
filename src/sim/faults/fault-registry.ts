import type { Random } from '../engine/random.ts'
import { type Fault, FAULT_KINDS } from './fault.ts'

/** The faults armed on one server. */
export interface FaultRegistry {
  arm(fault: Fault): void
  clear(): void
  /** What is still armed, with the counts that are left. */
  list(): readonly Fault[]
  /** Which fault, if any, strikes the call that has just arrived: the first that chance picks, in the order of arming. */
  draw(): Fault | undefined
  /** Whether any needs a front that can break connections. */
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
      const struck = armed.find(({ fault }) => fault.rate >= 1 || random() < fault.rate)
      if (struck && --struck.left === 0) armed = armed.filter((one) => one !== struck)
      return struck?.fault
    },
    get breaks() {
      return armed.some(({ fault }) => FAULT_KINDS[fault.kind].breaks)
    },
  }
}

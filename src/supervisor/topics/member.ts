import type { GatewayProcess } from '../../runtime/gateway-process.ts'
import type { Bus } from '../bus/topic.ts'

/** The process that joins a topic. */
export interface Member {
  /** SUPERVISOR, or the number of the worker. */
  readonly id: number
  readonly bus: Bus
  readonly gatewayProcess: GatewayProcess
}

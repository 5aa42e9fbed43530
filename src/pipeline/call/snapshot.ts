import type { MasterKey } from '../../access/master-key.ts'
import type { RoutingTable } from '../../routing/table.ts'

/** The whole configuration, compiled and immutable. A call keeps the snapshot that it began with. */
export interface Snapshot {
  readonly version: number
  readonly maxBodyBytes: number
  readonly drainMs: number
  /** Attempts per call: the first, retries, fallbacks, hedges and resumed streams together. */
  readonly maxAttempts: number
  readonly masterKey: MasterKey
  readonly table: RoutingTable
  readonly logsCalls: boolean
}

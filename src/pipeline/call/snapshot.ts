import type { MasterKey } from '../../access/master-key.ts'
import type { RoutingSettings } from '../../routing/routing-settings.ts'
import type { SecretFilter } from '../../schema/secret-filter.ts'
import type { StoreLimits } from '../../state/response-store.ts'
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
  /** For endpoints and pools, which outlive it; in effect once it is applied. */
  readonly settings: RoutingSettings
  readonly logsCalls: boolean
  /** Removes all configured secrets from errors of upstreams. */
  readonly secrets: SecretFilter
  /** Whether and how long responses are stored for later requests. */
  readonly responses: StoreLimits
}

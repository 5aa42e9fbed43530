import type { Authorization, AuthorizationParts } from './authorization.ts'
import type { ProviderConfig } from './config.ts'
import { providerType } from './index.ts'

/** The authorizations of a process. The same configuration, loaded again, has the same one, with what it has fetched. */
export class Authorizations {
  readonly #parts: AuthorizationParts
  // The snapshots own them: what none of them uses any more is forgotten by itself.
  readonly #byConfig = new Map<string, WeakRef<Authorization>>()

  constructor(parts: Partial<AuthorizationParts> = {}) {
    this.#parts = { now: Date.now, pause: Bun.sleep, report: () => {}, ...parts }
  }

  /** Undefined for a provider whose headers say it all. */
  for(config: ProviderConfig): Authorization | undefined {
    const authorize = providerType(config.type)?.authorize
    if (!authorize) return undefined
    const key = Bun.SHA256.hash(JSON.stringify(config), 'hex')
    const known = this.#byConfig.get(key)?.deref()
    if (known) return known
    const created = authorize(config, this.#parts)
    for (const [each, reference] of this.#byConfig) if (!reference.deref()) this.#byConfig.delete(each)
    if (created) this.#byConfig.set(key, new WeakRef(created))
    return created
  }
}

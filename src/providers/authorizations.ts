import type { Authorization, AuthorizationParts } from './authorization.ts'
import type { ProviderConfig } from './config.ts'
import { providerType } from './index.ts'

/** The authorizations of a process. After a reload, an unchanged provider keeps its authorization and its tokens. */
export class Authorizations {
  readonly #parts: AuthorizationParts
  // Weak references: the snapshots own the authorizations, so unused ones are freed.
  readonly #byConfig = new Map<string, WeakRef<Authorization>>()

  constructor(parts: Partial<AuthorizationParts> = {}) {
    this.#parts = { now: Date.now, pause: Bun.sleep, report: () => {}, ...parts }
  }

  /** Undefined for a provider whose fixed headers suffice. */
  for(config: ProviderConfig): Authorization | undefined {
    const authorize = providerType(config.type)?.authorize
    if (!authorize) return undefined
    const key = Bun.SHA256.hash(JSON.stringify(config), 'hex')
    const existing = this.#byConfig.get(key)?.deref()
    if (existing) return existing
    const created = authorize(config, this.#parts)
    for (const [each, reference] of this.#byConfig) if (!reference.deref()) this.#byConfig.delete(each)
    if (created) this.#byConfig.set(key, new WeakRef(created))
    return created
  }
}

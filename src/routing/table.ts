import type { Operation } from '../formats/apis/api.ts'
import type { OnDisconnect } from './config.ts'
import type { ConfiguredTimeouts } from './endpoint.ts'
import type { Fallbacks } from './fallbacks.ts'
import type { Pool } from './pool.ts'
import type { RetryRules } from './retry-rules.ts'
import type { Split } from './split.ts'

/** A model name that clients can request, and its pools. */
export interface Model {
  /** As configured; for a wildcard, the pattern. */
  readonly name: string
  readonly aliases: readonly string[]
  /** By operation; undefined for one that no provider of the model offers. */
  readonly pools: Readonly<Partial<Record<Operation, Pool>>>
  /** Models to try if this one failed for good. */
  readonly fallbacks: Fallbacks
  readonly retryRules: RetryRules
  readonly timeouts: Partial<ConfiguredTimeouts>
  /** Whether a stream that breaks may be resumed on another endpoint. */
  readonly continuesStreams: boolean
  /** Strict translation: parameters that the upstream's format does not support are rejected rather than removed. */
  readonly isStrict: boolean
  readonly onDisconnect: OnDisconnect
  /** Milliseconds without data after which a stream's client is sent a keep-alive; 0: never. */
  readonly keepAliveMs: number
}

interface RouteFacts {
  readonly path: string
  /** Undefined: the model's setting applies. */
  readonly onDisconnect: OnDisconnect | undefined
}

/** What a path prefix is bound to. */
export type Route = RouteFacts &
  (
    | { readonly type: 'open' }
    | { readonly type: 'model'; readonly model: string }
    | { readonly type: 'split'; readonly split: Split }
  )

/** A model that was found by name, and the text that its wildcard matched. */
export interface FoundModel {
  readonly model: Model
  readonly matched: string | undefined
}

/** Whether two names resolved to the same model; for a wildcard, also to the same upstream model. */
export const isSameModel = (one: FoundModel | undefined, other: FoundModel): boolean =>
  one?.model === other.model && one.matched === other.matched

interface Pattern {
  readonly before: string
  readonly after: string
  readonly model: Model
}

/** Resolves model names and route paths. Created once per configuration. */
export class RoutingTable {
  readonly models: readonly Model[]
  /** Providers that are open for pass-through, as models of that one operation, named like the provider. */
  readonly passthroughs: readonly Model[]
  /** The configured routes; the open route (no prefix) always exists. */
  readonly routes: readonly Route[]
  readonly #byName = new Map<string, FoundModel>()
  readonly #patterns: readonly Pattern[]
  readonly #byPath: ReadonlyMap<string, Route>
  readonly #passthroughByName: ReadonlyMap<string, Model>

  constructor(models: readonly Model[], routes: readonly Route[], passthroughs: readonly Model[] = []) {
    this.models = models
    this.passthroughs = passthroughs
    const names = models.filter(({ name }) => !name.includes('*')).map((model) => [model.name, model] as const)
    const aliases = models.flatMap((model) => model.aliases.map((alias) => [alias, model] as const))
    for (const [name, model] of [...names, ...aliases])
      if (!this.#byName.has(name)) this.#byName.set(name, { model, matched: undefined })
    this.#patterns = models
      .flatMap(asPattern)
      .toSorted((a, b) => b.before.length - a.before.length || b.after.length - a.after.length)
    this.routes = routes
    this.#byPath = new Map(routes.map((route) => [route.path, route]))
    this.#passthroughByName = new Map(passthroughs.map((model) => [model.name, model]))
  }

  /** Finds by name, then by alias, then by the wildcard with the longest text before its star, then after it. */
  find(name: string): FoundModel | undefined {
    return this.#byName.get(name) ?? this.#findPattern(name)
  }

  route(path: string): Route | undefined {
    return path === '' ? OPEN : this.#byPath.get(path)
  }

  passthrough(name: string): Model | undefined {
    return this.#passthroughByName.get(name)
  }

  /** Names that a client can use as `model`; without wildcards. */
  names(): string[] {
    return [...this.#byName.keys()]
  }

  #findPattern(name: string): FoundModel | undefined {
    const pattern = this.#patterns.find(
      ({ before, after }) =>
        name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after),
    )
    if (!pattern) return undefined
    const matched = name.slice(pattern.before.length, name.length - pattern.after.length)
    return isSafe(matched) ? { model: pattern.model, matched } : undefined
  }
}

/**
 * Text that clients choose is forwarded, at some providers in the upstream's URL. So it must not be a relative path part, or
 * contain control characters or lone surrogates, and its length is limited.
 */
const isSafe = (matched: string): boolean => SAFE.test(matched) && !/^\.+$/.test(matched)
const SAFE = /^[^\p{Cc}\p{Cs}]{0,500}$/u

const OPEN: Route = { type: 'open', path: '', onDisconnect: undefined }

function asPattern(model: Model): Pattern[] {
  const star = model.name.indexOf('*')
  return star === -1 ? [] : [{ before: model.name.slice(0, star), after: model.name.slice(star + 1), model }]
}

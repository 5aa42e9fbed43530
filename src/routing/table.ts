import type { Operation } from '../formats/apis/api.ts'
import type { OnDisconnect } from './config.ts'
import type { ConfiguredTimeouts } from './endpoint.ts'
import type { Fallbacks } from './fallbacks.ts'
import type { Pool } from './pool.ts'
import type { RetryRules } from './retry-rules.ts'
import type { Split } from './split.ts'

/** A name a client may ask for, and who answers. */
export interface Model {
  /** As configured; for a wildcard the pattern. */
  readonly name: string
  readonly aliases: readonly string[]
  /** By operation; undefined for one that no provider of the model offers. */
  readonly pools: Readonly<Partial<Record<Operation, Pool>>>
  /** Models to ask instead. */
  readonly fallbacks: Fallbacks
  readonly retryRules: RetryRules
  readonly timeouts: Partial<ConfiguredTimeouts>
  /** Whether a stream that breaks may be gone on with at another endpoint. */
  readonly continuesStreams: boolean
  /** What an upstream's language cannot say is refused rather than left out. */
  readonly isStrict: boolean
  readonly onDisconnect: OnDisconnect
  /** Silence after which the client of a stream is sent something to keep its connection; 0: nothing. */
  readonly keepAliveMs: number
}

interface RouteFacts {
  readonly path: string
  /** Undefined: as the model says. */
  readonly onDisconnect: OnDisconnect | undefined
}

/** What a path prefix is bound to. */
export type Route = RouteFacts &
  (
    | { readonly type: 'open' }
    | { readonly type: 'model'; readonly model: string }
    | { readonly type: 'split'; readonly split: Split }
  )

/** A model found under a name, with what its wildcard matched. */
export interface FoundModel {
  readonly model: Model
  readonly matched: string | undefined
}

/** Whether two names led to one model; under a wildcard, also to the same one upstream. */
export const isSameModel = (one: FoundModel | undefined, other: FoundModel): boolean =>
  one?.model === other.model && one.matched === other.matched

interface Pattern {
  readonly before: string
  readonly after: string
  readonly model: Model
}

/** Where every name and path leads; made once per configuration. */
export class RoutingTable {
  readonly models: readonly Model[]
  /** Providers whose own paths are open to callers, as models of that one operation; called like the provider. */
  readonly passthroughs: readonly Model[]
  /** The bound ones; the open route is always there. */
  readonly routes: readonly Route[]
  readonly #byName = new Map<string, FoundModel>()
  readonly #patterns: readonly Pattern[]
  readonly #byPath: ReadonlyMap<string, Route>

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
  }

  /** By name, else by alias, else by the wildcard with the longest text before its star, then after it. */
  find(name: string): FoundModel | undefined {
    return this.#byName.get(name) ?? this.#findPattern(name)
  }

  route(path: string): Route | undefined {
    return path === '' ? OPEN : this.#byPath.get(path)
  }

  passthrough(name: string): Model | undefined {
    return this.passthroughs.find((model) => model.name === name)
  }

  /** Names a client can copy into `model`, wildcards left out. */
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
    return isPlain(matched) ? { model: pattern.model, matched } : undefined
  }
}

/**
 * What callers choose themselves goes on, into the upstream's URL at some providers: no dots that would climb up a path, no
 * control characters, no halves of characters, and not without end.
 */
const isPlain = (matched: string): boolean => PLAIN.test(matched) && !/^\.+$/.test(matched)
const PLAIN = /^[^\p{Cc}\p{Cs}]{0,500}$/u

const OPEN: Route = { type: 'open', path: '', onDisconnect: undefined }

function asPattern(model: Model): Pattern[] {
  const star = model.name.indexOf('*')
  return star === -1 ? [] : [{ before: model.name.slice(0, star), after: model.name.slice(star + 1), model }]
}

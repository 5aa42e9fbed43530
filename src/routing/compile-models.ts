// Compiles the `models` section: each model with a pool for every operation that its providers offer.
import { type Operation, OPERATIONS } from '../formats/apis/api.ts'
import type { ProviderConfig } from '../providers/config.ts'
import { operationsOf } from '../providers/provider.ts'
import { eachInStep, type Steps } from '../schema/steps.ts'
import type { CompiledProvider } from './compile-providers.ts'
import { type ModelConfig, modelsSchema } from './config.ts'
import { Candidate, type Endpoint, type EndpointRegistry } from './endpoint.ts'
import { NO_FALLBACKS } from './fallbacks.ts'
import type { FallbacksConfig } from './fallbacks-config.ts'
import type { HedgeConfig } from './hedge-config.ts'
import type { HedgeRules } from './hedging.ts'
import type { Pool } from './pool.ts'
import type { PoolSettings, PoolStates } from './pool-state.ts'
import type { Model } from './table.ts'

export interface ModelParts {
  readonly providers: ReadonlyMap<string, CompiledProvider>
  readonly registry: EndpointRegistry
  readonly pools: PoolStates
  /** Used where a model has no setting of its own. */
  readonly defaults: { readonly fallbacks: FallbacksConfig; readonly keepAliveMs: number }
}

export interface CompiledModel {
  readonly model: Model
  readonly pools: readonly PoolSettings[]
  /** Whether the endpoints of the model learn their concurrency limit. */
  readonly isAdaptive: boolean
}

interface CompiledPool {
  readonly operation: Operation
  readonly pool: Pool
  readonly settings: PoolSettings
}

const MODEL_OPERATIONS = OPERATIONS.filter((operation) => operation !== 'passthrough')

/** Matches what the client requests, so that a failure is not attributed to one model of the endpoint. */
const ANY_MODEL = '*'

export const compileModels = (section: readonly ModelConfig[], parts: ModelParts): Steps<CompiledModel[]> =>
  eachInStep(section, (config) => {
    const candidates = candidatesOf(config, parts)
    return compileModel(config, parts, MODEL_OPERATIONS, (operation) => thatOffer(operation, candidates))
  })

/** The same list if all of them do, as most do: models have many operations. */
function thatOffer(operation: Operation, candidates: readonly Candidate[]): readonly Candidate[] {
  const offering = candidates.filter(({ provider }) => operationsOf(provider.type).includes(operation))
  return offering.length === candidates.length ? candidates : offering
}

/** The providers whose own paths are open, as models. They have one attempt: the effect of a second one is unknown. */
export const compilePassthroughs = (section: readonly ProviderConfig[], parts: ModelParts): CompiledModel[] =>
  section
    .filter(({ passthrough }) => passthrough)
    .map(({ name }) => {
      const targets = [{ provider: name, model: ANY_MODEL }]
      const [config] = modelsSchema.parse({ [ANY_MODEL]: { targets, retries: 0 } })
      const candidates = candidatesOf(config!, parts)
      return compileModel({ ...config!, name }, parts, ['passthrough'], () => candidates)
    })

function compileModel(
  config: ModelConfig,
  { pools, defaults }: ModelParts,
  operations: readonly Operation[],
  candidatesFor: (operation: Operation) => readonly Candidate[],
): CompiledModel {
  const endpointsOf = sharedSets()
  const compiled = operations
    .map((operation) => [operation, candidatesFor(operation)] as const)
    .filter(([, candidates]) => candidates.length > 0)
    .map(([operation, candidates]) => compilePool(config, operation, candidates, endpointsOf(candidates), pools))
  const model: Model = {
    name: config.name,
    aliases: config.aliases,
    pools: Object.fromEntries(compiled.map(({ operation, pool }) => [operation, pool])),
    fallbacks: { ...NO_FALLBACKS, ...definedOnly(defaults.fallbacks), ...definedOnly(config.fallbacks) },
    retryRules: { retries: config.retries, after: definedOnly(config.retriesOn), maxWaitMs: config.maxRetryWait },
    timeouts: definedOnly(config.timeouts),
    continuesStreams: config.continueStreams,
    isStrict: config.strictTranslation,
    onDisconnect: config.onDisconnect,
    keepAliveMs: config.streamKeepAlive ?? defaults.keepAliveMs,
  }
  const { adaptiveConcurrency: isAdaptive } = config.admission
  return { model, pools: compiled.map(({ settings }) => settings), isAdaptive }
}

function candidatesOf({ targets }: ModelConfig, { providers, registry }: ModelParts): Candidate[] {
  const candidates = targets.flatMap(({ provider: name, model, weight }) => {
    const { provider, endpoints } = providers.get(name)!
    return endpoints.map((each) => {
      const slowness = registry.slowness(each.endpoint, model)
      return new Candidate(each.endpoint, provider, model, weight * each.weight, slowness)
    })
  })
  return candidates.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) // policies count on the order of ids
}

/** The endpoints of lists of candidates: one set for each list. */
function sharedSets(): (candidates: readonly Candidate[]) => ReadonlySet<Endpoint> {
  const sets = new Map<readonly Candidate[], ReadonlySet<Endpoint>>()
  return (candidates) => {
    let endpoints = sets.get(candidates)
    if (!endpoints) sets.set(candidates, (endpoints = new Set(candidates.map(({ endpoint }) => endpoint))))
    return endpoints
  }
}

function compilePool(
  { name, policy, admission, hedge }: ModelConfig,
  operation: Operation,
  candidates: readonly Candidate[],
  endpoints: ReadonlySet<Endpoint>,
  states: PoolStates,
): CompiledPool {
  const settings = states.prepare(name, operation, { admission, endpoints, hedge: hedgeRules(hedge) })
  const { state, rules } = settings
  const pool: Pool = {
    candidates,
    endpoints: rules.endpoints,
    policy: state.policy(policy),
    queue: state.queue,
    retries: state.retries,
    backoffQueue: state.backoffQueue,
    hedging: state.hedging(rules.hedge),
  }
  return { operation, pool, settings }
}

const hedgeRules = ({ after, budget }: HedgeConfig): HedgeRules | undefined =>
  after === 'off' ? undefined : { after, share: budget }

const definedOnly = <Value>(settings: Readonly<Record<string, Value | undefined>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

// Plans the disruptions of a run: the same for the same seed. Pure.
import { createRandom, pick, type Random } from '../src/sim/engine/random.ts'
import { FAULT_KINDS, type FaultKind } from '../src/sim/faults/fault.ts'

export interface PlanShape {
  readonly seed: number
  readonly seconds: number
  readonly pools: number
  readonly serversPerPool: number
  readonly workers: number
}

export interface ServerPosition {
  readonly pool: number
  readonly server: number
}

/** A change of the gateway's configuration. `position` is the server that gets no new requests because of it. */
export type Change =
  | { readonly type: 'drain' | 'remove'; readonly position: ServerPosition }
  | { readonly type: 'policy'; readonly pool: number; readonly policy: string }
  | { readonly type: 'model' | 'broken' | 'emptied' }

export type Disruption =
  | { readonly type: 'kill' | 'freeze'; readonly position: ServerPosition }
  | { readonly type: 'fault'; readonly position: ServerPosition; readonly fault: ArmedFault }
  | { readonly type: 'kill-worker' | 'freeze-worker'; readonly worker: number }
  | { readonly type: 'reload'; readonly change: Change; readonly bySignal: boolean }

/** A fault as `POST /sim/faults` takes it. */
export interface ArmedFault {
  readonly kind: FaultKind
  readonly rate: number
  readonly after?: number
  readonly seconds?: number
}

/** A disruption with its begin and its end, in milliseconds since the start of the run. A killed server restarts at the end. */
export interface Step {
  readonly atMs: number
  readonly untilMs: number
  readonly disruption: Disruption
}

/** How long after the end of a disruption a server or worker counts as healthy again. */
export const RECOVERY_MS = 1500

/** A request keeps the configuration that it began with: it cannot use a server that was not part of it. */
const REMOVED_RECOVERY_MS = 8000

const POLICIES = ['round_robin', 'least_request', 'p2c', 'latency', 'random'] as const
const EVENT_FAULTS: ReadonlySet<FaultKind> = new Set([
  'hang-stream',
  'cut',
  'truncated-json',
  'malformed-sse',
  'drop',
  'reset',
])

const SERVER_KINDS = [
  'kill',
  'kill',
  'kill',
  'freeze',
  'freeze',
  'freeze',
  ...(Object.keys(FAULT_KINDS) as FaultKind[]),
] as const
const WORKER_KINDS = ['kill-worker', 'kill-worker', 'freeze-worker'] as const
const CHANGES = ['policy', 'drain', 'remove', 'broken', 'emptied', 'model'] as const

type Kind = (typeof SERVER_KINDS)[number] | (typeof WORKER_KINDS)[number] | (typeof CHANGES)[number]

/** A time and a kind of disruption. The server or worker is chosen later, among those that are healthy at that time. */
interface Occasion {
  readonly atMs: number
  readonly lastsMs: number
  readonly kind: Kind
  readonly pool: number
}

/**
 * The disruptions of one run, ordered by their begin. At least one server of each pool and one worker is untouched at any
 * moment and has been for RECOVERY_MS. Every disruption ends before the run does.
 */
export function createPlan(shape: PlanShape): readonly Step[] {
  const random = createRandom(shape.seed)
  const pools = Array.from({ length: shape.pools }, () => new Group(shape.serversPerPool))
  const workers = new Group(shape.workers)
  const config = new Group(2) // one change at a time
  return occasionsOf(shape, random).flatMap((occasion): Step[] => {
    const disruption = disruptionOf(occasion, pools, workers, config, random)
    return disruption ? [{ atMs: occasion.atMs, untilMs: occasion.atMs + occasion.lastsMs, disruption }] : []
  })
}

/** Servers or workers, and until when each is affected by a disruption. */
class Group {
  readonly #disruptedUntilMs: number[]

  constructor(size: number) {
    this.#disruptedUntilMs = Array.from({ length: size }, () => 0)
  }

  /** Takes a healthy one, unless it is the last. */
  take({ atMs, lastsMs, kind }: Occasion, random: Random): number | undefined {
    const healthy = [...this.#disruptedUntilMs.keys()].filter((at) => this.#disruptedUntilMs[at]! <= atMs)
    if (healthy.length < 2) return undefined
    const taken = pick(healthy, random)
    this.#disruptedUntilMs[taken] = atMs + lastsMs + (kind === 'remove' ? REMOVED_RECOVERY_MS : RECOVERY_MS)
    return taken
  }
}

function occasionsOf({ seconds, pools }: PlanShape, random: Random): readonly Occasion[] {
  const endMs = seconds * 1000
  const between = (min: number, max: number) => Math.round(min + random() * (max - min))
  function series(kinds: readonly Kind[], everyMs: number, lastsMs: readonly [number, number], pool = 0): Occasion[] {
    const occasions: Occasion[] = []
    const draw = createDeck(kinds, random)
    for (let atMs = between(300, everyMs); ; atMs += between(everyMs * 0.4, everyMs * 1.6)) {
      const occasion = { atMs, lastsMs: between(...lastsMs), kind: draw(), pool }
      if (atMs + occasion.lastsMs > endMs) return occasions
      occasions.push(occasion)
    }
  }
  return [
    ...Array.from({ length: pools }, (_, pool) => series(SERVER_KINDS, 1200, [500, 4000], pool)).flat(),
    ...series(WORKER_KINDS, 6000, [200, 2500]),
    ...series(CHANGES, 5000, [500, 3000]),
  ].toSorted((a, b) => a.atMs - b.atMs)
}

/** Draws every kind once before any kind is repeated. */
function createDeck<T>(kinds: readonly T[], random: Random): () => T {
  let deck: { readonly kind: T; readonly order: number }[] = []
  return () => {
    if (deck.length === 0) deck = kinds.map((kind) => ({ kind, order: random() })).toSorted((a, b) => a.order - b.order)
    return deck.pop()!.kind
  }
}

function disruptionOf(
  occasion: Occasion,
  pools: readonly Group[],
  workers: Group,
  config: Group,
  random: Random,
): Disruption | undefined {
  const { kind } = occasion
  if (kind === 'kill-worker' || kind === 'freeze-worker') {
    const worker = workers.take(occasion, random)
    return worker === undefined ? undefined : { type: kind, worker }
  }
  const isChange = (CHANGES as readonly string[]).includes(kind)
  const pool = isChange ? Math.floor(random() * pools.length) : occasion.pool
  if (isChange && config.take(occasion, random) === undefined) return undefined
  if (kind === 'policy' || kind === 'broken' || kind === 'emptied' || kind === 'model')
    return { type: 'reload', bySignal: random() < 0.5, change: plainChange(kind, pool, random) }
  const server = pools[pool]!.take(occasion, random)
  if (server === undefined) return undefined
  const position = { pool, server }
  if (kind === 'drain' || kind === 'remove')
    return { type: 'reload', bySignal: random() < 0.5, change: { type: kind, position } }
  if (kind === 'kill' || kind === 'freeze') return { type: kind, position }
  return { type: 'fault', position, fault: faultOf(kind, occasion.lastsMs, random) }
}

const plainChange = (type: 'policy' | 'broken' | 'emptied' | 'model', pool: number, random: Random): Change =>
  type === 'policy' ? { type, pool, policy: pick(POLICIES, random) } : { type }

function faultOf(kind: FaultKind, lastsMs: number, random: Random): ArmedFault {
  if (kind === 'refuse') return { kind, rate: 1, seconds: lastsMs / 1000 }
  const rate = pick([0.3, 0.6, 1], random)
  return EVENT_FAULTS.has(kind) ? { kind, rate, after: Math.floor(random() * 40) } : { kind, rate }
}

/** Its name in the result table. */
export function nameOf(disruption: Disruption): string {
  switch (disruption.type) {
    case 'kill':
      return 'server killed'
    case 'freeze':
      return 'server frozen'
    case 'fault':
      return `fault ${disruption.fault.kind}`
    case 'kill-worker':
      return 'worker killed'
    case 'freeze-worker':
      return 'worker frozen'
    case 'reload':
      return `reload: ${RELOADS[disruption.change.type]}`
  }
}

const RELOADS: Readonly<Record<Change['type'], string>> = {
  drain: 'a server drained',
  remove: 'a server removed',
  policy: 'another policy',
  model: 'a model added',
  broken: 'a broken file',
  emptied: 'an emptied file',
}

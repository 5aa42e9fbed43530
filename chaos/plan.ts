// What goes wrong when: the same for the same seed. Pure.
import { createRandom, pick, type Random } from '../src/sim/engine/random.ts'
import { FAULT_KINDS, type FaultKind } from '../src/sim/faults/fault.ts'

export interface PlanShape {
  readonly seed: number
  readonly seconds: number
  readonly pools: number
  readonly serversPerPool: number
  readonly workers: number
}

export interface Place {
  readonly pool: number
  readonly server: number
}

/** A change of the gateway's configuration. `place` is the server that gets no new calls by it. */
export type Change =
  | { readonly type: 'drain' | 'remove'; readonly place: Place }
  | { readonly type: 'policy'; readonly pool: number; readonly policy: string }
  | { readonly type: 'model' | 'broken' }

export type Harm =
  | { readonly type: 'kill' | 'freeze'; readonly place: Place }
  | { readonly type: 'fault'; readonly place: Place; readonly fault: ArmedFault }
  | { readonly type: 'kill-worker' | 'freeze-worker'; readonly worker: number }
  | { readonly type: 'reload'; readonly change: Change; readonly bySignal: boolean }

/** What the simulator's admin path takes. */
export interface ArmedFault {
  readonly kind: FaultKind
  readonly rate: number
  readonly after?: number
  readonly seconds?: number
}

/** Harm that begins and ends; a killed server is started again at its end. Milliseconds since the start of the run. */
export interface Step {
  readonly atMs: number
  readonly untilMs: number
  readonly harm: Harm
}

/** After its harm has ended, a server or worker counts as healthy again only so much later. */
export const RECOVERY_MS = 1500

/** A call keeps the configuration it began with: a server that was not in it is not there for it until its end. */
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
const CHANGES = ['policy', 'drain', 'remove', 'broken', 'model'] as const

type Kind = (typeof SERVER_KINDS)[number] | (typeof WORKER_KINDS)[number] | (typeof CHANGES)[number]

/** Something that may go wrong at some time to somebody: to whom is decided when it is known who is well then. */
interface Chance {
  readonly atMs: number
  readonly lastsMs: number
  readonly kind: Kind
  readonly pool: number
}

/**
 * All that goes wrong in one run, in the order in which it begins. Of each pool, and of the workers, at least one is
 * untouched at any moment and has been for RECOVERY_MS. Everything has ended when the run ends.
 */
export function createPlan(shape: PlanShape): readonly Step[] {
  const random = createRandom(shape.seed)
  const pools = Array.from({ length: shape.pools }, () => new Crowd(shape.serversPerPool))
  const workers = new Crowd(shape.workers)
  const config = new Crowd(2) // one change at a time
  return chancesOf(shape, random).flatMap((chance): Step[] => {
    const harm = harmOf(chance, pools, workers, config, random)
    return harm ? [{ atMs: chance.atMs, untilMs: chance.atMs + chance.lastsMs, harm }] : []
  })
}

/** Several of a kind, and until when each is busy with what was done to it. */
class Crowd {
  readonly #busyUntilMs: number[]

  constructor(size: number) {
    this.#busyUntilMs = Array.from({ length: size }, () => 0)
  }

  /** Takes one that is well, unless it is the last. */
  take({ atMs, lastsMs, kind }: Chance, random: Random): number | undefined {
    const well = [...this.#busyUntilMs.keys()].filter((at) => this.#busyUntilMs[at]! <= atMs)
    if (well.length < 2) return undefined
    const taken = pick(well, random)
    this.#busyUntilMs[taken] = atMs + lastsMs + (kind === 'remove' ? REMOVED_RECOVERY_MS : RECOVERY_MS)
    return taken
  }
}

function chancesOf({ seconds, pools }: PlanShape, random: Random): readonly Chance[] {
  const endMs = seconds * 1000
  const between = (least: number, most: number) => Math.round(least + random() * (most - least))
  function series(kinds: readonly Kind[], everyMs: number, lastsMs: readonly [number, number], pool = 0): Chance[] {
    const chances: Chance[] = []
    const deal = dealer(kinds, random)
    for (let atMs = between(300, everyMs); ; atMs += between(everyMs * 0.4, everyMs * 1.6)) {
      const chance = { atMs, lastsMs: between(...lastsMs), kind: deal(), pool }
      if (atMs + chance.lastsMs > endMs) return chances
      chances.push(chance)
    }
  }
  return [
    ...Array.from({ length: pools }, (_, pool) => series(SERVER_KINDS, 1200, [500, 4000], pool)).flat(),
    ...series(WORKER_KINDS, 6000, [200, 2500]),
    ...series(CHANGES, 5000, [500, 3000]),
  ].toSorted((a, b) => a.atMs - b.atMs)
}

/** Every kind comes before one comes again. */
function dealer<T>(kinds: readonly T[], random: Random): () => T {
  let deck: { readonly kind: T; readonly order: number }[] = []
  return () => {
    if (deck.length === 0) deck = kinds.map((kind) => ({ kind, order: random() })).toSorted((a, b) => a.order - b.order)
    return deck.pop()!.kind
  }
}

function harmOf(
  chance: Chance,
  pools: readonly Crowd[],
  workers: Crowd,
  config: Crowd,
  random: Random,
): Harm | undefined {
  const { kind } = chance
  if (kind === 'kill-worker' || kind === 'freeze-worker') {
    const worker = workers.take(chance, random)
    return worker === undefined ? undefined : { type: kind, worker }
  }
  const isChange = (CHANGES as readonly string[]).includes(kind)
  const pool = isChange ? Math.floor(random() * pools.length) : chance.pool
  if (isChange && config.take(chance, random) === undefined) return undefined
  if (kind === 'policy' || kind === 'broken' || kind === 'model')
    return { type: 'reload', bySignal: random() < 0.5, change: plainChange(kind, pool, random) }
  const server = pools[pool]!.take(chance, random)
  if (server === undefined) return undefined
  const place = { pool, server }
  if (kind === 'drain' || kind === 'remove')
    return { type: 'reload', bySignal: random() < 0.5, change: { type: kind, place } }
  if (kind === 'kill' || kind === 'freeze') return { type: kind, place }
  return { type: 'fault', place, fault: faultOf(kind, chance.lastsMs, random) }
}

const plainChange = (type: 'policy' | 'broken' | 'model', pool: number, random: Random): Change =>
  type === 'policy' ? { type, pool, policy: pick(POLICIES, random) } : { type }

function faultOf(kind: FaultKind, lastsMs: number, random: Random): ArmedFault {
  if (kind === 'refuse') return { kind, rate: 1, seconds: lastsMs / 1000 }
  const rate = pick([0.3, 0.6, 1], random)
  return EVENT_FAULTS.has(kind) ? { kind, rate, after: Math.floor(random() * 40) } : { kind, rate }
}

/** What it is called in the table. */
export function nameOf(harm: Harm): string {
  switch (harm.type) {
    case 'kill':
      return 'server killed'
    case 'freeze':
      return 'server frozen'
    case 'fault':
      return `fault ${harm.fault.kind}`
    case 'kill-worker':
      return 'worker killed'
    case 'freeze-worker':
      return 'worker frozen'
    case 'reload':
      return `reload: ${RELOADS[harm.change.type]}`
  }
}

const RELOADS: Readonly<Record<Change['type'], string>> = {
  drain: 'a server drained',
  remove: 'a server removed',
  policy: 'another policy',
  model: 'a model added',
  broken: 'a broken file',
}

// The queue and the adaptive limit in front of a simulated inference server, in simulated time: no sockets, no clock.
import { snapshotFrom } from './parts.ts'
import { createEngine, type Engine, type Sequence } from '../src/sim/engine/engine.ts'
import { PROFILES } from '../src/sim/engine/profiles.ts'
import { createRandom } from '../src/sim/engine/random.ts'
import { expectedWorkMs } from '../src/routing/peak-ewma.ts'
import { pick, type Pool } from '../src/routing/pool.ts'
import type { Priority } from '../src/routing/admission/priority.ts'
import { wakeWaiters } from '../src/routing/admission/wake-waiters.ts'

export interface Plan {
  readonly requestsPerSecond: number
  readonly seconds: number
  /** A first token within this time after the arrival counts as in time. */
  readonly boundMs: number
  readonly admission: object
  readonly seed?: number
  readonly maxConcurrency?: number
  /** Of the call of this number; all are normal without it. */
  readonly priorityOf?: (call: number) => Priority
  /** Changes the server's speed at half time. */
  readonly laterSpeed?: number
}

interface SimRequest {
  readonly priority: Priority
  readonly arrivedMs: number
  readonly promptTokens: number
  readonly outputTokens: number
  sentMs: number
  isInTime: boolean
}

export interface Result {
  /** Requests per second that ended and had begun in time, in the second half of the run. */
  readonly goodput: number
  readonly rejected: number
  readonly limit: number
  readonly firstTokens: number[]
  readonly calls: readonly Settled[]
}

/** What the queue made of one call, and how long that took. */
export interface Settled {
  readonly priority: Priority
  readonly isRefused: boolean
  readonly waitedMs: number
}

const TICK_MS = 50

class Simulation {
  readonly #plan: Plan
  readonly #random: () => number
  readonly #engine: Engine<SimRequest> = createEngine<SimRequest>(PROFILES['8b'], {})
  readonly #pool: Pool
  #nowMs = 0
  #good = 0
  #rejected = 0
  readonly #firstTokens: number[] = []
  readonly #settled: Settled[] = []
  #arrivals = 0

  constructor(plan: Plan) {
    this.#plan = plan
    this.#random = createRandom(plan.seed ?? 1)
    const { table } = snapshotFrom({
      providers: {
        gpu: {
          type: 'vllm',
          endpoints: ['http://10.0.0.1'],
          ...(plan.maxConcurrency && { maxConcurrency: plan.maxConcurrency }),
        },
      },
      models: { m: { targets: ['gpu/m'], admission: plan.admission } },
    })
    this.#pool = table.find('m')!.model.pools.chat!
  }

  run(): Result {
    const endMs = this.#plan.seconds * 1000
    let arrivalMs = 0
    let tickMs = 0
    for (;;) {
      const stepMs = this.#engine.nextStepEndsAt
      this.#nowMs = Math.min(arrivalMs, stepMs, tickMs)
      if (this.#nowMs >= endMs) break
      if (this.#plan.laterSpeed && this.#nowMs > endMs / 2) this.#engine.speed = this.#plan.laterSpeed
      if (this.#nowMs === stepMs) this.#endStep()
      else if (this.#nowMs === tickMs) {
        this.#pool.queue.check(tickMs)
        tickMs += TICK_MS
      } else {
        this.#arrive()
        arrivalMs += (-Math.log(1 - this.#random()) * 1000) / this.#plan.requestsPerSecond
      }
    }
    const { limit } = this.#pool.candidates[0]!.endpoint
    return {
      goodput: this.#good / (endMs / 2000),
      rejected: this.#rejected,
      limit,
      firstTokens: this.#firstTokens,
      calls: this.#settled,
    }
  }

  get #isMeasured(): boolean {
    return this.#nowMs >= this.#plan.seconds * 500
  }

  #arrive(): void {
    const between = (least: number, most: number) => Math.floor(least + this.#random() * (most - least))
    const priority = this.#plan.priorityOf?.(this.#arrivals++) ?? 'normal'
    const call: SimRequest = {
      priority,
      arrivedMs: this.#nowMs,
      promptTokens: between(200, 2000),
      outputTokens: between(20, 180),
      sentMs: 0,
      isInTime: false,
    }
    const choose = () => {
      const picked = pick(this.#pool, [], { promptTokens: call.promptTokens, nowMs: this.#nowMs }, this.#random)
      return picked.type === 'picked' ? picked.candidate : undefined
    }
    const { queue } = this.#pool
    const candidate = queue.size === 0 ? choose() : undefined
    if (candidate) {
      candidate.endpoint.inFlight++
      return this.#send(call)
    }
    queue.enter(
      {
        caller: 'c',
        priority,
        cost: queue.workload.cost({ promptTokens: call.promptTokens, maxOutput: undefined }),
        bytes: 1,
        maxWaitMs: Infinity,
        isRetry: false,
        choose,
        settle: (outcome) => {
          if (outcome.type === 'admitted') this.#send(call)
          else {
            this.#rejected++
            this.#settle(call, true)
          }
        },
      },
      this.#nowMs,
    )
  }

  #settle({ priority, arrivedMs }: SimRequest, isRefused: boolean): void {
    this.#settled.push({ priority, isRefused, waitedMs: this.#nowMs - arrivedMs })
  }

  #send(call: SimRequest): void {
    call.sentMs = this.#nowMs
    this.#settle(call, false)
    const { promptTokens, outputTokens } = call
    this.#engine.submit({ promptTokens, outputTokens, blockKeys: [], tag: call }, this.#nowMs)
  }

  #endStep(): void {
    for (const sequence of this.#engine.step()) {
      if (sequence.generatedTokens === 1) this.#began(sequence)
      if (sequence.state === 'ended') this.#ended(sequence)
    }
  }

  #began({ tag: call }: Sequence<SimRequest>): void {
    const { endpoint } = this.#pool.candidates[0]!
    const firstTokenMs = this.#nowMs - call.arrivedMs
    call.isInTime = firstTokenMs <= this.#plan.boundMs
    if (this.#isMeasured) this.#firstTokens.push(firstTokenMs)
    endpoint.adaptive?.observe({
      kind: 'm',
      slowness: (this.#nowMs - call.sentMs) / expectedWorkMs(call.promptTokens, 0),
      startedMs: call.sentMs,
      nowMs: this.#nowMs,
      inFlight: endpoint.load,
    })
    wakeWaiters(endpoint, this.#nowMs)
  }

  #ended({ tag: call }: Sequence<SimRequest>): void {
    const { queue, candidates } = this.#pool
    const { endpoint } = candidates[0]!
    endpoint.inFlight--
    const demand = { promptTokens: call.promptTokens, maxOutput: undefined }
    queue.workload.ended(demand, this.#nowMs - call.sentMs, call.outputTokens)
    if (this.#isMeasured && call.isInTime) this.#good++
    wakeWaiters(endpoint, this.#nowMs)
  }
}

/** Simulates requests at random times, prompts of 200 to 2,000 tokens, outputs of 20 to 180, on an 8B model on one H100. */
export const simulate = (plan: Plan): Result => new Simulation(plan).run()

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN

// The queue and the learned limit in front of a simulated inference server, in simulated time: no sockets, no clock.
import { snapshotFrom } from './parts.ts'
import { createEngine, type Engine, type Sequence } from '../src/sim/engine/engine.ts'
import { PROFILES } from '../src/sim/engine/profiles.ts'
import { createRandom } from '../src/sim/engine/random.ts'
import { expectedWorkMs } from '../src/routing/peak-ewma.ts'
import { pick, type Pool } from '../src/routing/pool.ts'
import { wakeWaiters } from '../src/routing/admission/wake-waiters.ts'

export interface Plan {
  readonly callsPerSecond: number
  readonly seconds: number
  /** A first token within this time of the arrival is worth something. */
  readonly boundMs: number
  readonly admission: object
  readonly seed?: number
  readonly maxConcurrency?: number
  /** Changes the server's speed at half time. */
  readonly laterSpeed?: number
}

interface SimCall {
  readonly arrivedMs: number
  readonly promptTokens: number
  readonly outputTokens: number
  sentMs: number
  isInTime: boolean
}

export interface Result {
  /** Calls per second that ended and had begun in time, over the second half. */
  readonly goodput: number
  readonly refused: number
  readonly limit: number
  readonly firstTokens: number[]
}

const TICK_MS = 50

class Simulation {
  readonly #plan: Plan
  readonly #random: () => number
  readonly #engine: Engine<SimCall> = createEngine<SimCall>(PROFILES['8b'], {})
  readonly #pool: Pool
  #nowMs = 0
  #good = 0
  #refused = 0
  readonly #firstTokens: number[] = []

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
        arrivalMs += (-Math.log(1 - this.#random()) * 1000) / this.#plan.callsPerSecond
      }
    }
    const { limit } = this.#pool.candidates[0]!.endpoint
    return { goodput: this.#good / (endMs / 2000), refused: this.#refused, limit, firstTokens: this.#firstTokens }
  }

  get #isMeasured(): boolean {
    return this.#nowMs >= this.#plan.seconds * 500
  }

  #arrive(): void {
    const between = (least: number, most: number) => Math.floor(least + this.#random() * (most - least))
    const call: SimCall = {
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
        priority: 'normal',
        cost: queue.workload.cost({ promptTokens: call.promptTokens, maxOutput: undefined }),
        bytes: 1,
        maxWaitMs: Infinity,
        isRetry: false,
        choose,
        settle: (outcome) => {
          if (outcome.type === 'admitted') this.#send(call)
          else this.#refused++
        },
      },
      this.#nowMs,
    )
  }

  #send(call: SimCall): void {
    call.sentMs = this.#nowMs
    const { promptTokens, outputTokens } = call
    this.#engine.submit({ promptTokens, outputTokens, blockKeys: [], tag: call }, this.#nowMs)
  }

  #endStep(): void {
    for (const sequence of this.#engine.step()) {
      if (sequence.generatedTokens === 1) this.#began(sequence)
      if (sequence.state === 'ended') this.#ended(sequence)
    }
  }

  #began({ tag: call }: Sequence<SimCall>): void {
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

  #ended({ tag: call }: Sequence<SimCall>): void {
    const { queue, candidates } = this.#pool
    const { endpoint } = candidates[0]!
    endpoint.inFlight--
    const demand = { promptTokens: call.promptTokens, maxOutput: undefined }
    queue.workload.ended(demand, this.#nowMs - call.sentMs, call.outputTokens)
    if (this.#isMeasured && call.isInTime) this.#good++
    wakeWaiters(endpoint, this.#nowMs)
  }
}

/** Calls at random times, prompts of 200 to 2,000 tokens, answers of 20 to 180, at an 8B model on one H100. */
export const simulate = (plan: Plan): Result => new Simulation(plan).run()

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN

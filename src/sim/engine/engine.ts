// One inference server: continuous batching one step at a time, chunked prefill, prefix cache (Orca, Sarathi-Serve,
// vLLM v1). Time is an argument: the driver passes the time of each arrival, and calls `step` when a step ends.
import { BlockPool, type Block } from './block-pool.ts'
import { type Profile, stepMs } from './profiles.ts'

export interface EngineOptions {
  /** Tokens per block; default: 16, as in vLLM. */
  readonly blockTokens?: number
  /** Maximum tokens of all sequences in one step. */
  readonly stepTokens?: number
  readonly maxSequences?: number
  /** How many times faster than the profile. Infinity makes every step take no time. */
  readonly speed?: number
}

export interface EngineRequest<Tag> {
  readonly promptTokens: number
  /** At least 1. It is known from the start: the simulation decides beforehand where an answer ends. */
  readonly outputTokens: number
  /** One key per full block of the prompt (more are ignored). Equal keys mean equal prefixes up to the end of that block. */
  readonly blockKeys: ArrayLike<number>
  /** Data of the driver. */
  readonly tag: Tag
}

export interface Sequence<Tag> extends EngineRequest<Tag> {
  state: 'waiting' | 'running' | 'ended' | 'cancelled'
  /** Prompt tokens found in the prefix cache at admission. */
  cachedTokens: number
  /** Prompt tokens whose keys and values exist, cached ones included. */
  computedTokens: number
  /** Output tokens so far: 1 after the first token, `outputTokens` at the end. */
  generatedTokens: number
  /** Prompt tokens of the step in progress. */
  pieceTokens: number
  privateBlocks: number
  readonly chain: Block[]
}

export class Engine<Tag = undefined> {
  readonly blockTokens: number
  readonly pool: BlockPool
  /** May be changed between steps. */
  speed: number
  /** When the step in progress ends; Infinity while idle. Milliseconds on the driver's clock. */
  nextStepEndsAt = Number.POSITIVE_INFINITY
  steps = 0
  /** Prompt tokens looked up in the prefix cache, and found there. */
  prefixQueries = 0
  prefixHits = 0
  readonly #profile: Profile
  readonly #stepTokens: number
  readonly #maxSequences: number
  #waiting: Sequence<Tag>[] = []
  #waitingFrom = 0
  #prefilling: Sequence<Tag>[] = []
  #decoding: Sequence<Tag>[] = []
  readonly #produced: Sequence<Tag>[] = []

  constructor(profile: Profile, options: EngineOptions) {
    this.#profile = profile
    this.blockTokens = options.blockTokens ?? 16
    this.#stepTokens = options.stepTokens ?? 8192
    this.#maxSequences = options.maxSequences ?? 256
    this.speed = options.speed ?? 1
    this.pool = new BlockPool(Math.floor(profile.kvTokens / this.blockTokens))
  }

  get running(): number {
    return this.#prefilling.length + this.#decoding.length
  }

  get waiting(): number {
    return this.#waiting.length - this.#waitingFrom
  }

  /** Share of the blocks that running sequences hold, 0 to 1. */
  get kvUsage(): number {
    return this.pool.used / this.pool.capacity
  }

  /** Whether a request of this size could ever be admitted. */
  fits(promptTokens: number, outputTokens: number): boolean {
    return Math.ceil((promptTokens + outputTokens) / this.blockTokens) <= this.pool.capacity
  }

  /** A request arrives at `nowMs`; an idle server begins a step with it at once. Throws RangeError if it can never fit. */
  submit(request: EngineRequest<Tag>, nowMs: number): Sequence<Tag> {
    if (!this.fits(request.promptTokens, request.outputTokens))
      throw new RangeError('The request is larger than the cache.')
    const sequence: Sequence<Tag> = {
      promptTokens: request.promptTokens,
      outputTokens: request.outputTokens,
      blockKeys: request.blockKeys,
      tag: request.tag,
      state: 'waiting',
      cachedTokens: 0,
      computedTokens: 0,
      generatedTokens: 0,
      pieceTokens: 0,
      privateBlocks: 0,
      chain: [],
    }
    this.#waiting.push(sequence)
    if (this.nextStepEndsAt === Number.POSITIVE_INFINITY) this.#beginStep(nowMs)
    return sequence
  }

  /**
   * Ends the step in progress and begins the next. Each returned sequence has one more token. Ended sequences hold no
   * blocks. The next call reuses the list.
   */
  step(): readonly Sequence<Tag>[] {
    const endedAtMs = this.nextStepEndsAt
    this.#produced.length = 0
    this.nextStepEndsAt = Number.POSITIVE_INFINITY
    if (endedAtMs === Number.POSITIVE_INFINITY) return this.#produced
    this.steps++
    this.#decodeAll()
    this.#endPieces()
    if (this.running + this.waiting > 0) this.#beginStep(endedAtMs)
    return this.#produced
  }

  /** Removes a sequence at once. The duration of the step in progress does not change. */
  cancel(sequence: Sequence<Tag>): void {
    if (sequence.state === 'waiting') this.#waiting.splice(this.#waiting.indexOf(sequence, this.#waitingFrom), 1)
    else if (sequence.state !== 'running') return
    else if (sequence.generatedTokens > 0) this.#decoding.splice(this.#decoding.indexOf(sequence), 1)
    else this.#prefilling.splice(this.#prefilling.indexOf(sequence), 1)
    this.pool.release(sequence.chain, sequence.privateBlocks)
    sequence.privateBlocks = 0
    sequence.state = 'cancelled'
  }

  #beginStep(nowMs: number): void {
    let tokens = this.#decoding.length
    let pairs = 0
    let context = 0
    for (const sequence of this.#decoding) context += sequence.promptTokens + sequence.generatedTokens
    for (let at = 0; ; at++) {
      const budget = this.#stepTokens - tokens
      if (budget <= 0 || (at === this.#prefilling.length && !this.#admitNext())) break
      const sequence = this.#prefilling[at]!
      const piece = Math.min(budget, sequence.promptTokens - sequence.computedTokens)
      sequence.pieceTokens = piece
      tokens += piece
      pairs += piece * (sequence.computedTokens + piece / 2)
    }
    this.nextStepEndsAt = nowMs + stepMs(this.#profile, tokens, pairs, context) / this.speed
  }

  /** Admits the first waiting request if it fits. Requests never overtake each other. */
  #admitNext(): boolean {
    if (this.waiting === 0 || this.running >= this.#maxSequences) return false
    const sequence = this.#waiting[this.#waitingFrom]!
    const { promptTokens, outputTokens, blockKeys, chain } = sequence
    // The last prompt token is always computed: the first output token is sampled from it.
    const limit = Math.min(blockKeys.length, Math.floor((promptTokens - 1) / this.blockTokens))
    const hit = this.pool.match(blockKeys, limit)
    const total = Math.ceil((promptTokens + outputTokens) / this.blockTokens)
    if (!this.pool.admit(blockKeys, hit, total, chain)) return false
    this.#dropFirstWaiting()
    sequence.state = 'running'
    sequence.privateBlocks = total - hit
    sequence.cachedTokens = sequence.computedTokens = hit * this.blockTokens
    this.prefixQueries += promptTokens
    this.prefixHits += sequence.cachedTokens
    this.#prefilling.push(sequence)
    return true
  }

  /** Advances an index instead of shifting the queue, and shifts when half of the queue is before the index. */
  #dropFirstWaiting(): void {
    this.#waitingFrom++
    if (this.#waitingFrom * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#waitingFrom)
    this.#waitingFrom = 0
  }

  #decodeAll(): void {
    let kept = 0
    for (const sequence of this.#decoding) {
      sequence.generatedTokens++
      this.#produced.push(sequence)
      if (sequence.generatedTokens < sequence.outputTokens) this.#decoding[kept++] = sequence
      else this.#end(sequence)
    }
    this.#decoding.length = kept
  }

  #endPieces(): void {
    let kept = 0
    for (const sequence of this.#prefilling) {
      if (sequence.pieceTokens > 0) this.#endPiece(sequence)
      if (sequence.computedTokens < sequence.promptTokens) this.#prefilling[kept++] = sequence
      else this.#firstToken(sequence)
    }
    this.#prefilling.length = kept
  }

  #endPiece(sequence: Sequence<Tag>): void {
    const keys = sequence.blockKeys
    const before = Math.floor(sequence.computedTokens / this.blockTokens)
    sequence.computedTokens += sequence.pieceTokens
    sequence.pieceTokens = 0
    const after = Math.min(keys.length, Math.floor(sequence.computedTokens / this.blockTokens))
    for (let at = before; at < after; at++) {
      if (this.pool.store(keys[at]!, sequence.chain)) sequence.privateBlocks--
    }
  }

  #firstToken(sequence: Sequence<Tag>): void {
    sequence.generatedTokens = 1
    this.#produced.push(sequence)
    if (sequence.outputTokens > 1) this.#decoding.push(sequence)
    else this.#end(sequence)
  }

  #end(sequence: Sequence<Tag>): void {
    sequence.state = 'ended'
    this.pool.release(sequence.chain, sequence.privateBlocks)
    sequence.privateBlocks = 0
  }
}

/** An idle server with nothing in its cache. */
export const createEngine = <Tag = undefined>(profile: Profile, options: EngineOptions = {}): Engine<Tag> =>
  new Engine<Tag>(profile, options)

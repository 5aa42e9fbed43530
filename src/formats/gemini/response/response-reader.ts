import type { ChatEvent } from '../../../chat/event.ts'
import type { Finish } from '../../../chat/finish.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { malformed } from './response-part.ts'
import { CandidateReader } from './candidate-reader.ts'
import { readUpstreamError } from './upstream-error.ts'
import { finishReasonIn } from './finish.ts'
import { decodeTier } from '../tier.ts'
import { decodeUsage } from './usage.ts'

type Fields = Record<string, unknown>

/** Fields that are read. All others become extra fields. */
const READ = new Set(['candidates', 'usageMetadata', 'modelVersion', 'responseId'])

/**
 * Reads a Gemini response chunk by chunk as events. A complete response is one chunk: both are read here, so that they
 * cannot differ.
 */
export class ResponseReader {
  readonly #candidates: CandidateReader[] = []
  #chunk = 0
  #hasStarted = false
  #hasFailed = false
  #responseId: string | undefined
  /** What the filters report about the prompt. Without candidates, it was blocked, whether or not a reason is given. */
  #feedback: Fields | undefined

  /** Throws GatewayError `upstream_malformed` for an invalid chunk. */
  push(chunk: unknown): readonly ChatEvent[] {
    if (this.#hasFailed) return []
    const error = readUpstreamError(chunk)
    if (error) {
      this.#hasFailed = true
      return [{ type: 'error', error }]
    }
    if (!isRecord(chunk)) throw malformed('it is not an object')
    const out: ChatEvent[] = []
    this.#chunk++
    this.#readStart(chunk, out)
    this.#readBlock(chunk['promptFeedback'])
    this.#readCandidates(chunk['candidates'], out)
    const usage = decodeUsage(chunk['usageMetadata'])
    if (usage) out.push({ type: 'usage', usage })
    return out
  }

  /**
   * Throws GatewayError `upstream_cut` for a stream without a finish reason. A complete response (`isComplete`) may
   * lack it.
   */
  end(isComplete = false): readonly ChatEvent[] {
    if (this.#hasFailed) return []
    const out: ChatEvent[] = []
    for (const candidate of this.#candidates) {
      if (!candidate?.isFinished && !this.#isBlocked && !isComplete) throw cut()
      candidate?.end(out)
    }
    if (this.#candidates.length > 0) return out
    if (this.#feedback === undefined) throw isComplete ? malformed('it has no candidates') : cut()
    return [{ type: 'finish', choice: 0, finish: blockedFinish(this.#feedback) }]
  }

  #readStart(chunk: Fields, out: ChatEvent[]): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const { responseId, modelVersion, createTime, usageMetadata } = chunk
    if (typeof responseId === 'string') this.#responseId = responseId
    const tier = isRecord(usageMetadata) ? decodeTier(usageMetadata['serviceTier']) : undefined
    const created = typeof createTime === 'string' ? Math.floor(Date.parse(createTime) / 1000) : Number.NaN
    const extra = restOf(chunk)
    out.push({
      type: 'start',
      format: 'gemini',
      ...(this.#responseId !== undefined && { id: this.#responseId }),
      ...(typeof modelVersion === 'string' && { model: modelVersion }),
      ...(Number.isFinite(created) && { created }),
      ...(tier !== undefined && { tier }),
      ...(extra && { extra }),
    })
  }

  #readBlock(feedback: unknown): void {
    if (isRecord(feedback)) this.#feedback = { ...this.#feedback, ...feedback }
  }

  get #isBlocked(): boolean {
    return finishReasonIn(this.#feedback?.['blockReason']) !== undefined
  }

  #readCandidates(candidates: unknown, out: ChatEvent[]): void {
    if (candidates === undefined || candidates === null) return
    if (!Array.isArray(candidates)) throw malformed('candidates is not a list')
    for (const [position, candidate] of (candidates as unknown[]).entries()) {
      if (!isRecord(candidate)) throw malformed('a candidate is not an object')
      const { index } = candidate
      const choice = isChoice(index) ? index : position
      this.#candidates[choice] ??= new CandidateReader(choice)
      this.#candidates[choice].push(candidate, this.#chunk, this.#responseId, out)
    }
  }
}

function blockedFinish({ blockReason, blockReasonMessage: message }: Fields): Finish {
  const native = finishReasonIn(blockReason)
  return {
    reason: 'content-filter',
    ...(native !== undefined && { native }),
    ...(typeof message === 'string' && message !== '' && { details: message }),
  }
}

/** Gemini generates at most eight candidates. The limit keeps a wrong index from making a huge list. */
const isChoice = (index: unknown): index is number =>
  typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < 128

function restOf(chunk: Fields): Fields | undefined {
  let rest: Fields | undefined
  for (const key in chunk) if (!READ.has(key) && chunk[key] !== null) (rest ??= {})[key] = chunk[key]
  return rest
}

const cut = (): GatewayError =>
  new GatewayError('upstream_cut', 'The upstream ended its response without a finish reason.')

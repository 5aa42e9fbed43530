import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { finishReasonIn } from './response/finish.ts'

type Fields = Record<string, unknown>

/** The kinds of parts. Each part has at most one of these fields. */
const KINDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
]

/**
 * Checks a stream of streamGenerateContent and returns its problems; an empty list: it is valid. Frames have no names
 * and are objects; the response keeps its id and model; each candidate ends with one finish reason; calls are complete,
 * or marked as continued; the usage adds up; nothing follows an error.
 */
export function checkStream(frames: readonly Frame[]): string[] {
  const check = new Check()
  for (const [at, frame] of frames.entries()) check.readFrame(frame, `frame ${at}`)
  check.end(frames.length)
  return check.problems
}

class Check {
  readonly problems: string[] = []
  readonly #identity = new Map<string, unknown>()
  readonly #candidates = new Map<number, { isFinished: boolean; isCalling: boolean }>()
  #hasBlock = false
  #hasError = false

  readFrame({ name, data }: Frame, at: string): void {
    if (this.#hasError) this.#report(at, 'follows an error')
    if (name !== undefined) this.#report(at, `has the name ${name}`)
    const chunk = parse(data)
    if (!isRecord(chunk)) return this.#report(at, 'is not an object')
    if (isRecord(chunk['error'])) return this.#readError(chunk['error'], at)
    this.#readIdentity(chunk, at)
    const feedback = chunk['promptFeedback']
    if (isRecord(feedback) && feedback['blockReason'] !== undefined) this.#hasBlock = true
    const candidates = chunk['candidates'] ?? []
    if (!Array.isArray(candidates)) return this.#report(at, 'has candidates that are not a list')
    for (const candidate of candidates as unknown[]) this.#readCandidate(candidate, at)
    this.#readUsage(chunk['usageMetadata'], at)
  }

  end(frames: number): void {
    if (this.#hasError) return
    if (frames === 0) this.#report('the stream', 'is empty')
    if (this.#candidates.size === 0 && !this.#hasBlock) this.#report('the stream', 'has no candidates')
    for (const [index, { isFinished, isCalling }] of this.#candidates) {
      if (!isFinished) this.#report(`candidate ${index}`, 'has no finishReason')
      if (isCalling) this.#report(`candidate ${index}`, 'ends inside a call')
    }
  }

  #readError({ code, message }: Fields, at: string): void {
    this.#hasError = true
    if (typeof code !== 'number' || typeof message !== 'string')
      this.#report(at, 'is an error without a code or a message')
  }

  #readIdentity(chunk: Fields, at: string): void {
    for (const key of ['responseId', 'modelVersion']) {
      if (this.#identity.has(key) && this.#identity.get(key) !== chunk[key]) this.#report(at, `changes ${key}`)
      this.#identity.set(key, chunk[key])
    }
  }

  #readCandidate(candidate: unknown, at: string): void {
    if (!isRecord(candidate)) return this.#report(at, 'has a candidate that is not an object')
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : 0
    const state = this.#candidates.get(index) ?? { isFinished: false, isCalling: false }
    this.#candidates.set(index, state)
    if (state.isFinished) this.#report(at, `continues candidate ${index} after its end`)
    const { content } = candidate
    const parts = isRecord(content) ? (content['parts'] ?? []) : []
    if (isRecord(content) && content['role'] !== 'model') this.#report(at, 'has content whose role is not model')
    if (Array.isArray(parts))
      for (const part of parts as unknown[]) state.isCalling = this.#readPart(part, state.isCalling, at)
    else this.#report(at, 'has parts that are not a list')
    if (finishReasonIn(candidate['finishReason']) !== undefined) state.isFinished = true
  }

  /** Whether a call continues in the next part. */
  #readPart(part: unknown, isCalling: boolean, at: string): boolean {
    const kinds = isRecord(part) ? KINDS.filter((kind) => kind in part) : []
    if (!isRecord(part) || kinds.length > 1)
      this.#report(at, `has a part that is ${kinds.length > 1 ? kinds.join(' and ') : 'not an object'}`)
    const call = isRecord(part) ? part['functionCall'] : undefined
    if (!isRecord(call)) return false
    if (!isCalling && (typeof call['name'] !== 'string' || call['name'] === ''))
      this.#report(at, 'has a call without a name')
    if (call['args'] !== undefined && !isRecord(call['args'])) this.#report(at, 'has arguments that are not an object')
    return call['willContinue'] === true
  }

  #readUsage(usage: unknown, at: string): void {
    if (!isRecord(usage) || typeof usage['totalTokenCount'] !== 'number') return
    const keys = ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount']
    const sum = keys.reduce((all, key) => all + (typeof usage[key] === 'number' ? usage[key] : 0), 0)
    if (sum !== usage['totalTokenCount'])
      this.#report(at, `has a totalTokenCount of ${usage['totalTokenCount']}, but its counts add up to ${sum}`)
  }

  #report(where: string, what: string): void {
    this.problems.push(`${where} ${what}`)
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { finishWord } from './finish.ts'

type Fields = Record<string, unknown>

/** What every part is, by one field of it. */
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
 * What is wrong with a stream of streamGenerateContent, in words; empty when nothing is. Frames have no names and are
 * objects; an answer keeps its id and model; each candidate ends with its reason, once; calls come whole, or in pieces
 * that say so; usage adds up; an error is the last word.
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
    if (this.#hasError) this.#say(at, 'comes after an error')
    if (name !== undefined) this.#say(at, `has the name ${name}`)
    const chunk = parse(data)
    if (!isRecord(chunk)) return this.#say(at, 'is no object')
    if (isRecord(chunk['error'])) return this.#readError(chunk['error'], at)
    this.#readIdentity(chunk, at)
    const feedback = chunk['promptFeedback']
    if (isRecord(feedback) && feedback['blockReason'] !== undefined) this.#hasBlock = true
    const candidates = chunk['candidates'] ?? []
    if (!Array.isArray(candidates)) return this.#say(at, 'has candidates that are no list')
    for (const candidate of candidates as unknown[]) this.#readCandidate(candidate, at)
    this.#readUsage(chunk['usageMetadata'], at)
  }

  end(frames: number): void {
    if (this.#hasError) return
    if (frames === 0) this.#say('the stream', 'is empty')
    if (this.#candidates.size === 0 && !this.#hasBlock) this.#say('the stream', 'answers nothing')
    for (const [index, { isFinished, isCalling }] of this.#candidates) {
      if (!isFinished) this.#say(`candidate ${index}`, 'has no finishReason')
      if (isCalling) this.#say(`candidate ${index}`, 'ends within a call')
    }
  }

  #readError({ code, message }: Fields, at: string): void {
    this.#hasError = true
    if (typeof code !== 'number' || typeof message !== 'string') this.#say(at, 'is an error without code or message')
  }

  #readIdentity(chunk: Fields, at: string): void {
    for (const key of ['responseId', 'modelVersion']) {
      if (this.#identity.has(key) && this.#identity.get(key) !== chunk[key]) this.#say(at, `changes ${key}`)
      this.#identity.set(key, chunk[key])
    }
  }

  #readCandidate(candidate: unknown, at: string): void {
    if (!isRecord(candidate)) return this.#say(at, 'has a candidate that is no object')
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : 0
    const state = this.#candidates.get(index) ?? { isFinished: false, isCalling: false }
    this.#candidates.set(index, state)
    if (state.isFinished) this.#say(at, `goes on with candidate ${index} after its end`)
    const { content } = candidate
    const parts = isRecord(content) ? (content['parts'] ?? []) : []
    if (isRecord(content) && content['role'] !== 'model') this.#say(at, 'has content that is not by the model')
    if (Array.isArray(parts))
      for (const part of parts as unknown[]) state.isCalling = this.#readPart(part, state.isCalling, at)
    else this.#say(at, 'has parts that are no list')
    if (finishWord(candidate['finishReason']) !== undefined) state.isFinished = true
  }

  /** Whether a call goes on in the next part. */
  #readPart(part: unknown, isCalling: boolean, at: string): boolean {
    const kinds = isRecord(part) ? KINDS.filter((kind) => kind in part) : []
    if (!isRecord(part) || kinds.length > 1)
      this.#say(at, `has a part that is ${kinds.length > 1 ? kinds.join(' and ') : 'no object'}`)
    const call = isRecord(part) ? part['functionCall'] : undefined
    if (!isRecord(call)) return false
    if (!isCalling && (typeof call['name'] !== 'string' || call['name'] === ''))
      this.#say(at, 'has a call without a name')
    if (call['args'] !== undefined && !isRecord(call['args'])) this.#say(at, 'has arguments that are no object')
    return call['willContinue'] === true
  }

  #readUsage(usage: unknown, at: string): void {
    if (!isRecord(usage) || typeof usage['totalTokenCount'] !== 'number') return
    const keys = ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount']
    const sum = keys.reduce((all, key) => all + (typeof usage[key] === 'number' ? usage[key] : 0), 0)
    if (sum !== usage['totalTokenCount']) this.#say(at, `counts ${sum} tokens and says ${usage['totalTokenCount']}`)
  }

  #say(where: string, what: string): void {
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

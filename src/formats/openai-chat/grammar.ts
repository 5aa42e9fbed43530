import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { filled, listOf } from '../fields/values.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const REASONS: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])

interface OpenCall {
  text: string
  readonly isFunction: boolean
}

interface OpenChoice {
  readonly calls: OpenCall[]
  reason: string | undefined
}

/**
 * Returns the violations of the grammar that OpenAI's own clients rely on; empty for a valid stream. A choice begins
 * with its role and ends with one finish reason; every chunk repeats id, time and model; calls count from 0 and their
 * first delta has id, type and name; usage is alone and last; `[DONE]` is the end. `isStrict`: also checks what
 * Sluice's own streams guarantee (every chunk has the key `usage`, or none has).
 */
export function checkStream(frames: readonly Frame[], isStrict = true): string[] {
  const check = new Check(isStrict)
  for (const [index, frame] of frames.entries()) check.frame(frame, `event ${index}`)
  return check.end()
}

class Check {
  readonly #isStrict: boolean
  readonly #problems: string[] = []
  readonly #choices = new Map<number, OpenChoice>()
  #identity: string | undefined
  #hasUsageKey: boolean | undefined
  #hasUsage = false
  #hasFailed = false
  #isDone = false

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  frame({ name, data }: Frame, at: string): void {
    if (this.#isDone) return this.#report(at, 'comes after [DONE]')
    if (name !== undefined) this.#report(at, `has a name, ${name}`)
    if (data === '[DONE]') {
      this.#isDone = true
      return
    }
    if (this.#hasFailed || this.#hasUsage) this.#report(at, 'comes after the last event')
    const chunk = parse(data)
    if (!isRecord(chunk)) this.#report(at, 'is not a JSON object')
    else if ('error' in chunk) this.#error(chunk['error'], at)
    else this.#chunk(chunk, at)
  }

  end(): string[] {
    if (!this.#isDone) this.#problems.push('there is no [DONE]')
    if (this.#hasFailed) return this.#problems
    if (this.#choices.size === 0) this.#problems.push('there is no choice')
    for (const [index, { reason, calls }] of this.#choices) {
      if (reason === undefined) this.#problems.push(`choice ${index} has no finish_reason`)
      // Not by index: calls that were left out do not count.
      calls.forEach((call, at) => {
        if (reason !== 'length' && call.isFunction && !isRecord(parse(call.text)))
          this.#problems.push(`the arguments of call ${at} are not a JSON object`)
      })
    }
    return this.#problems
  }

  #report(at: string, what: string): void {
    this.#problems.push(`${at} ${what}`)
  }

  #error(error: unknown, at: string): void {
    this.#hasFailed = true
    for (const key of ['message', 'type', 'param', 'code'])
      if (!isRecord(error) || !(key in error)) this.#report(at, `is an error without ${key}`)
  }

  #chunk(chunk: JsonObject, at: string): void {
    const { id, object, created, model, choices, usage } = chunk
    if (object !== 'chat.completion.chunk') this.#report(at, 'is not a chat.completion.chunk')
    if (!filled(id) || typeof created !== 'number' || typeof model !== 'string')
      this.#report(at, 'lacks id, created or model')
    const identity = JSON.stringify([id, created, model])
    if ((this.#identity ??= identity) !== identity) this.#report(at, 'has another id, created or model')
    if (!Array.isArray(choices)) return this.#report(at, 'has no choices')
    if (this.#isStrict && (this.#hasUsageKey ??= 'usage' in chunk) !== 'usage' in chunk)
      this.#report(at, 'differs in having a usage key')
    if (usage) this.#usage(usage, choices, at)
    else if (choices.length === 0) this.#report(at, 'has neither choices nor usage')
    for (const choice of choices) if (isRecord(choice)) this.#choice(choice, at)
  }

  #usage(usage: unknown, choices: readonly unknown[], at: string): void {
    this.#hasUsage = true
    if (choices.length > 0) this.#report(at, 'has usage and choices')
    for (const key of ['prompt_tokens', 'completion_tokens', 'total_tokens'])
      if (!isRecord(usage) || typeof usage[key] !== 'number') this.#report(at, `has usage without ${key}`)
  }

  #choice({ index, delta, ...choice }: JsonObject, at: string): void {
    if (typeof index !== 'number' || !isRecord(delta)) return this.#report(at, 'has a choice without index or delta')
    if (!('finish_reason' in choice)) this.#report(at, 'has a choice without the key finish_reason')
    const isFirst = !this.#choices.has(index)
    if (isFirst) this.#choices.set(index, { calls: [], reason: undefined })
    const open = this.#choices.get(index)!
    if (isFirst !== (delta['role'] === 'assistant'))
      this.#report(at, isFirst ? 'begins without a role' : 'repeats the role')
    if (open.reason !== undefined) this.#report(at, 'comes after the finish_reason of its choice')
    for (const call of listOf(delta['tool_calls'])) this.#call(call, open, at)
    const { finish_reason: reason } = choice
    if (reason === null || reason === undefined) return
    if (!REASONS.has(reason)) this.#report(at, `has an unknown finish_reason, ${JSON.stringify(reason)}`)
    open.reason = String(reason)
  }

  #call(call: unknown, { calls }: OpenChoice, at: string): void {
    if (!isRecord(call) || typeof call['index'] !== 'number') return this.#report(at, 'has a call without an index')
    const { index, id, type } = call
    const called = isRecord(call['function']) ? call['function'] : {}
    const known = calls[index as number]
    if (known) {
      if (id !== undefined || called['name'] !== undefined) this.#report(at, 'names a call again')
      if (typeof called['arguments'] === 'string') known.text += called['arguments']
      return
    }
    if (index !== calls.length) this.#report(at, `has the call ${String(index)}, not ${calls.length}`)
    const isFunction = type !== 'custom'
    if (!filled(id) || !filled(type) || (isFunction && !filled(called['name'])))
      this.#report(at, 'begins a call without id, type or name')
    calls[index as number] = { text: filled(called['arguments']) ?? '', isFunction }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

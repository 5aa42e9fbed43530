import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { parseToolInput } from '../translation/tool-input.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const USAGE_KEYS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const

/** The delta types of each block type. Block types that are not listed accept any. */
const DELTAS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['text_delta', 'citations_delta']),
  thinking: new Set(['thinking_delta', 'signature_delta']),
  redacted_thinking: new Set(),
  tool_use: new Set(['input_json_delta']),
}

/**
 * Checks a stream of Messages events and returns its problems; an empty list: it is valid. A valid stream is
 * `message_start`; blocks one after the other, numbered without gaps, each with start, deltas of its type and stop;
 * `message_delta` with stop reason and usage; `message_stop`. `ping` can occur anywhere, and `error` can be the last
 * event. `isStrict`: also checks what Sluice's own streams guarantee (every usage key, events named like their type).
 */
export function checkStream(frames: readonly Frame[], isStrict = true): string[] {
  const check = new Check(isStrict)
  for (const frame of frames) check.frame(frame)
  return check.finished()
}

class Check {
  readonly #problems: string[] = []
  readonly #isStrict: boolean
  #stage: 'before' | 'blocks' | 'delta' | 'over' = 'before'
  #blocks = 0
  #open: { readonly kind: string; input: string } | undefined
  #hasCall = false
  #inputProblem: string | undefined

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  frame({ name, data }: Frame): void {
    const event = JSON.parse(data) as JsonObject
    const type = String(event['type'])
    if (this.#isStrict && name !== type) this.#report(`the event named ${name} has the type ${type}`)
    if (this.#stage === 'over') this.#report(`${type} after the end of the stream`)
    this.#event(type, event)
  }

  finished(): string[] {
    if (this.#stage !== 'over') this.#report('the stream has no message_stop')
    return this.#problems
  }

  #event(type: string, event: JsonObject): void {
    switch (type) {
      case 'message_start':
        return this.#start(event)
      case 'content_block_start':
        return this.#blockStart(event)
      case 'content_block_delta':
        return this.#blockDelta(event)
      case 'content_block_stop':
        return this.#blockStop(event)
      case 'message_delta':
        return this.#delta(event)
      case 'message_stop':
        this.#expect('delta', type)
        this.#stage = 'over'
        return
      case 'error':
        if (!isRecord(event['error']) || typeof event['error']['message'] !== 'string')
          this.#report('error has no message')
        this.#stage = 'over'
    }
  }

  #start({ message }: JsonObject): void {
    this.#expect('before', 'message_start')
    this.#stage = 'blocks'
    if (!isRecord(message)) return this.#report('message_start has no message')
    for (const key of ['id', 'model'])
      if (typeof message[key] !== 'string' || message[key] === '') this.#report(`message.${key} is missing`)
    if (message['type'] !== 'message' || message['role'] !== 'assistant')
      this.#report('message has the wrong type or role')
    if (!Array.isArray(message['content'])) this.#report('message.content is missing')
    this.#usage(message['usage'], 'message_start')
  }

  #usage(usage: unknown, where: string): void {
    if (!isRecord(usage)) return this.#report(`${where} has no usage`)
    for (const key of this.#isStrict ? USAGE_KEYS : ['output_tokens'])
      if (typeof usage[key] !== 'number') this.#report(`usage of ${where} has no ${key}`)
  }

  #blockStart({ index, content_block: block }: JsonObject): void {
    this.#expect('blocks', 'content_block_start')
    if (this.#open) this.#report(`block ${String(index)} starts inside another block`)
    if (index !== this.#blocks++) this.#report(`block ${String(index)} instead of block ${this.#blocks - 1}`)
    if (!isRecord(block)) return this.#report('content_block is not an object')
    const kind = String(block['type'])
    this.#open = { kind, input: '' }
    if (kind !== 'tool_use') return
    this.#hasCall = true
    for (const key of ['id', 'name'])
      if (typeof block[key] !== 'string' || block[key] === '') this.#report(`tool_use has no ${key}`)
  }

  #blockDelta({ index, delta }: JsonObject): void {
    if (!this.#open || index !== this.#blocks - 1)
      return this.#report(`delta for block ${String(index)}, which is not open`)
    if (!isRecord(delta)) return this.#report('delta is not an object')
    const type = String(delta['type'])
    if (DELTAS[this.#open.kind]?.has(type) === false) this.#report(`${type} in a ${this.#open.kind} block`)
    if (type === 'input_json_delta') this.#open.input += String(delta['partial_json'])
  }

  #blockStop({ index }: JsonObject): void {
    if (!this.#open || index !== this.#blocks - 1)
      return this.#report(`stop of block ${String(index)}, which is not open`)
    if (parseToolInput(this.#open.input) === undefined)
      this.#inputProblem = `the input of block ${String(index)} is not a JSON object`
    this.#open = undefined
  }

  #delta({ delta, usage }: JsonObject): void {
    this.#expect('blocks', 'message_delta')
    if (this.#open) this.#report('message_delta inside a block')
    this.#stage = 'delta'
    this.#usage(usage, 'message_delta')
    const reason = isRecord(delta) ? delta['stop_reason'] : undefined
    if (typeof reason !== 'string') return this.#report('message_delta has no stop reason')
    if (reason === 'tool_use' && !this.#hasCall) this.#report('the stop reason is tool_use, but there is no tool call')
    if (reason === 'end_turn' && this.#hasCall && this.#isStrict)
      this.#report('the stop reason is end_turn, but there is a tool call')
    if (this.#inputProblem !== undefined && reason !== 'max_tokens') this.#report(this.#inputProblem)
  }

  #expect(stage: 'before' | 'blocks' | 'delta', type: string): void {
    if (this.#stage !== stage && this.#stage !== 'over') this.#report(`${type} in the wrong place`)
  }

  #report(what: string): void {
    this.#problems.push(what)
  }
}

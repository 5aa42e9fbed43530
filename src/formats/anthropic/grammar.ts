import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { inputIn } from '../claude/tool-input.ts'

type Wire = Readonly<Record<string, unknown>>

const USAGE_KEYS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const

/** Deltas that a block takes; a block that is not here takes any. */
const DELTAS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['text_delta', 'citations_delta']),
  thinking: new Set(['thinking_delta', 'signature_delta']),
  redacted_thinking: new Set(),
  tool_use: new Set(['input_json_delta']),
}

/**
 * What is wrong with a stream of Messages events, empty when nothing is: `message_start`, blocks one after the other and
 * numbered without gaps, each start, deltas of its kind, stop; `message_delta` with stop reason and usage; `message_stop`;
 * `ping` anywhere between; or an `error` as the last event. `isStrict`: with all that our own streams promise beyond
 * (every usage key, events named like their type).
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
  #broken: string | undefined

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  frame({ name, data }: Frame): void {
    const event = JSON.parse(data) as Wire
    const type = String(event['type'])
    if (this.#isStrict && name !== type) this.#wrong(`an event named ${name} has the type ${type}`)
    if (this.#stage === 'over') this.#wrong(`${type} after the end`)
    this.#event(type, event)
  }

  finished(): string[] {
    if (this.#stage !== 'over') this.#wrong('no end')
    return this.#problems
  }

  #event(type: string, event: Wire): void {
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
          this.#wrong('an error without a message')
        this.#stage = 'over'
    }
  }

  #start({ message }: Wire): void {
    this.#expect('before', 'message_start')
    this.#stage = 'blocks'
    if (!isRecord(message)) return this.#wrong('message_start without a message')
    for (const key of ['id', 'model'])
      if (typeof message[key] !== 'string' || message[key] === '') this.#wrong(`a message without ${key}`)
    if (message['type'] !== 'message' || message['role'] !== 'assistant') this.#wrong('a message of the wrong kind')
    if (!Array.isArray(message['content'])) this.#wrong('a message without content')
    this.#usage(message['usage'], 'message_start')
  }

  #usage(usage: unknown, where: string): void {
    if (!isRecord(usage)) return this.#wrong(`${where} without usage`)
    for (const key of this.#isStrict ? USAGE_KEYS : ['output_tokens'])
      if (typeof usage[key] !== 'number') this.#wrong(`usage of ${where} without ${key}`)
  }

  #blockStart({ index, content_block: block }: Wire): void {
    this.#expect('blocks', 'content_block_start')
    if (this.#open) this.#wrong(`block ${String(index)} begins within another`)
    if (index !== this.#blocks++) this.#wrong(`block ${String(index)} in place of ${this.#blocks - 1}`)
    if (!isRecord(block)) return this.#wrong('a block that is none')
    const kind = String(block['type'])
    this.#open = { kind, input: '' }
    if (kind !== 'tool_use') return
    this.#hasCall = true
    for (const key of ['id', 'name'])
      if (typeof block[key] !== 'string' || block[key] === '') this.#wrong(`a call without ${key}`)
  }

  #blockDelta({ index, delta }: Wire): void {
    if (!this.#open || index !== this.#blocks - 1) return this.#wrong(`a delta for block ${String(index)}, not open`)
    if (!isRecord(delta)) return this.#wrong('a delta that is none')
    const type = String(delta['type'])
    if (DELTAS[this.#open.kind]?.has(type) === false) this.#wrong(`${type} in a block of ${this.#open.kind}`)
    if (type === 'input_json_delta') this.#open.input += String(delta['partial_json'])
  }

  #blockStop({ index }: Wire): void {
    if (!this.#open || index !== this.#blocks - 1) return this.#wrong(`the end of block ${String(index)}, not open`)
    if (inputIn(this.#open.input) === undefined) this.#broken = `the input of block ${String(index)} is no object`
    this.#open = undefined
  }

  #delta({ delta, usage }: Wire): void {
    this.#expect('blocks', 'message_delta')
    if (this.#open) this.#wrong('message_delta within a block')
    this.#stage = 'delta'
    this.#usage(usage, 'message_delta')
    const reason = isRecord(delta) ? delta['stop_reason'] : undefined
    if (typeof reason !== 'string') return this.#wrong('message_delta without a stop reason')
    if (reason === 'tool_use' && !this.#hasCall) this.#wrong('ended for a call that is not there')
    if (reason === 'end_turn' && this.#hasCall && this.#isStrict) this.#wrong('ended normally although it calls')
    if (this.#broken !== undefined && reason !== 'max_tokens') this.#wrong(this.#broken)
  }

  #expect(stage: 'before' | 'blocks' | 'delta', type: string): void {
    if (this.#stage !== stage && this.#stage !== 'over') this.#wrong(`${type} at the wrong place`)
  }

  #wrong(what: string): void {
    this.#problems.push(what)
  }
}

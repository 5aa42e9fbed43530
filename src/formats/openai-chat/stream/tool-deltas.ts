import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import { isRecord } from '../../fields/fields.ts'
import { generatedCallId, readExtraContent } from '../../openai-shared/calls.ts'
import { NAME } from '../../openai-shared/name.ts'
import { filled } from '../../fields/values.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

interface Call {
  /** The upstream's id; undefined if it sent none. */
  readonly id: string | undefined
  readonly index: number | undefined
  name: string | undefined
  /** Its part; undefined until its name has arrived. */
  part: number | undefined
  text: string
}

/** A call of a custom tool: its input is text, and it is emitted when it is complete. */
interface CustomCall {
  readonly index: unknown
  value: JsonObject
  input: string
}

/** Assigns deltas to calls, however the server marks them, and emits them as events of the calls' parts. */
export class ToolCalls {
  readonly #choice: number
  readonly #responseId: string | undefined
  readonly #start: (part: PartOpening, events: ChatEvent[]) => number
  readonly #calls: Call[] = []
  readonly #custom: CustomCall[] = []

  constructor(
    choice: number,
    responseId: string | undefined,
    start: (part: PartOpening, events: ChatEvent[]) => number,
  ) {
    this.#choice = choice
    this.#responseId = responseId
    this.#start = start
  }

  get hasCalls(): boolean {
    return this.#calls.length > 0
  }

  push(delta: JsonObject, events: ChatEvent[]): void {
    if (isRecord(delta['custom'])) return this.#pushCustom(delta, delta['custom'])
    const called = isRecord(delta['function']) ? delta['function'] : {}
    const call = this.#find(delta, called)
    if (!call) return
    call.name ??= filled(called['name'])
    if (call.part === undefined && call.name !== undefined) this.#open(call, delta, events)
    this.#pushArguments(call, called['arguments'], events)
  }

  close(events: ChatEvent[]): void {
    for (const call of this.#calls) {
      if (call.part === CLOSED) continue
      if (call.part !== undefined) events.push({ type: 'part-end', choice: this.#choice, index: call.part })
      else if (call.id !== undefined || call.text !== '')
        throw new GatewayError('upstream_malformed', "The upstream's stream contains a tool call without a name.")
      call.part = CLOSED
    }
    for (const { value, input } of this.#custom.splice(0)) this.#emitCustom(value, input, events)
  }

  /**
   * A delta belongs to the call with its id; otherwise to the call with its index; otherwise a name begins another call;
   * otherwise it belongs to the last call. A repeated index is another call if the id is new, or if a name follows
   * complete arguments (Ollama gives all calls the index 0). Empty ids and names are ignored (DashScope).
   */
  #find(delta: JsonObject, called: JsonObject): Call | undefined {
    const [id, name] = [filled(delta['id']), filled(called['name'])]
    const index = typeof delta['index'] === 'number' ? delta['index'] : undefined
    const known = this.#known(id, index, called)
    if (known) return known
    if (id === undefined && index === undefined && name === undefined) return this.#calls.at(-1)
    const isTaken = id !== undefined && this.#calls.some((call) => call.id === id)
    const call: Call = { id: isTaken ? undefined : id, index, name: undefined, part: undefined, text: '' }
    this.#calls.push(call)
    return call
  }

  #known(id: string | undefined, index: number | undefined, called: JsonObject): Call | undefined {
    const name = filled(called['name'])
    const byIndex = index === undefined ? undefined : this.#calls.findLast((call) => call.index === index)
    if (id !== undefined) {
      const byId = this.#calls.findLast((call) => call.id === id)
      const isOther = byId && name !== undefined && index !== undefined && byId.index !== index
      if (byId && !isOther) return byId
      // The id arrives after its call has begun without one.
      return name === undefined && byIndex?.id === undefined ? byIndex : undefined
    }
    return byIndex && beginsAnother(byIndex, name, called) ? undefined : byIndex
  }

  #open(call: Call, delta: JsonObject, events: ChatEvent[]): void {
    const id = call.id ?? generatedCallId(this.#responseId, this.#choice, this.#calls.indexOf(call))
    call.part = this.#start({ type: 'tool-call', id, name: call.name! }, events)
    const seal = readExtraContent(delta['extra_content'])
    if (seal) events.push({ type: 'part-seal', choice: this.#choice, index: call.part, seal })
    if (call.text !== '') events.push({ type: 'part-delta', choice: this.#choice, index: call.part, text: call.text })
  }

  #pushArguments(call: Call, given: unknown, events: ChatEvent[]): void {
    const text = typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
    if (text === '') return
    call.text += text
    if (call.part !== undefined && call.part !== CLOSED)
      events.push({ type: 'part-delta', choice: this.#choice, index: call.part, text })
  }

  #pushCustom(delta: JsonObject, custom: JsonObject): void {
    const input = filled(custom['input']) ?? ''
    const known = this.#custom.find(({ index }) => index === delta['index'])
    if (known) known.input += input
    else this.#custom.push({ index: delta['index'], value: delta, input })
  }

  #emitCustom(value: JsonObject, input: string, events: ChatEvent[]): void {
    const complete = defined({ ...value, index: undefined, custom: { ...(value['custom'] as JsonObject), input } })
    const part = this.#start({ type: 'native', format: NAME, kind: 'custom', value: complete }, events)
    events.push({ type: 'part-end', choice: this.#choice, index: part })
  }
}

/** Marks a part that has ended. */
const CLOSED = -1

/** For a known index: the earlier call has complete arguments, and this delta is more than a repetition of its name. */
function beginsAnother(before: Call, name: string | undefined, called: JsonObject): boolean {
  if (name === undefined || before.name === undefined) return false
  return (name !== before.name || Boolean(called['arguments'])) && isWhole(before.text)
}

function isWhole(text: string): boolean {
  if (!text.endsWith('}')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
